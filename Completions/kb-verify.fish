function __kb-verify_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-verify_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kb-verify_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-verify_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __kb-verify_parse_tokens -S
    set -l unparsed_tokens (__kb-verify_tokens -pc)
    switch $unparsed_tokens[1]
    case 'kb-verify'
        __kb-verify_parse_subcommand 1 'deep' 'view' 'since=' 'receipt=+' 'key=' 'snapshot=' 'anchor=' 'witness-size=' 'import=' 'tsa-ca=' 'policy=' 'jobs=' 'format=' 'key-file=' 'key-fd=' 'key-command=' 'q/quiet' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'help'
            __kb-verify_parse_subcommand -r 1 'version'
        end
    end
end

function __kb-verify_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __kb-verify_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __kb-verify_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __kb-verify_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__kb-verify_tokens -p)
    if test -z "$(__kb-verify_tokens -t)"
        set -l index (count (__kb-verify_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'kb-verify' -f
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" deep' -l 'deep' -d 'Also fold every event anew, which proves that each fits the ones before.'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" view' -l 'view' -d 'Also compare the view with a fresh one.'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" since' -l 'since' -d 'Prove that the log only grew since this checkpoint.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify"' -l 'receipt' -d 'Check this receipt in place of a log.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" key' -l 'key' -d 'The log\'s verifier key, or a file of keys.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" snapshot' -l 'snapshot' -d 'Check an archive of kb-snapshot(1) where it lies.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" anchor' -l 'anchor' -d 'Write a request: for a time stamp, for a cosignature.' -rfka 'tsq witness'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" witness-size' -l 'witness-size' -d 'Size that the witness has seen.' -rfka ''
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" import' -l 'import' -d 'Check and keep an answer.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" tsa-ca' -l 'tsa-ca' -d 'Certificates of time-stamp authorities.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" policy' -l 'policy' -d 'Witnesses to believe, and how many.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" jobs' -l 'jobs' -d 'Threads; default: one a processor.' -rfka ''
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" format' -l 'format' -d 'Format of the result.' -rfka 'text json prometheus'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" key-file' -l 'key-file' -d 'The key of an encrypted log is in this file.' -rF
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" key-fd' -l 'key-fd' -d 'The key is what this descriptor gives.' -rfka ''
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" key-command' -l 'key-command' -d 'The key is what this command prints.' -rfka ''
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" q quiet' -l 'quiet' -s 'q' -d 'Say nothing when all is well.'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_positional "kb-verify" -eq 1' -fa '(__kb-verify_complete_directories)'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" version' -l 'version' -d 'Show the version.'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_positional "kb-verify" -eq 2' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kb-verify' -n '__kb-verify_should_offer_completions_for_flags_or_options "kb-verify help" version' -l 'version' -d 'Show the version.'
