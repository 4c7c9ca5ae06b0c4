function __kb-purge_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-purge_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kb-purge_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-purge_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __kb-purge_parse_tokens -S
    set -l unparsed_tokens (__kb-purge_tokens -pc)
    switch $unparsed_tokens[1]
    case 'kb-purge'
        __kb-purge_parse_subcommand 1 'table=' 'stream=' 'where=' 'superseded' 'personal' 'reason=' 'ticket=' 'actor=' 'execute=' 'approval=+' 'certificate=' 'due' 'resume' 'withdraw=' 'rotate' 'rekey' 'rechain' 'archive=' 'key-file=' 'key-fd=' 'key-command=' 'new-key-file=' 'new-key-fd=' 'new-key-command=' 'q/quiet' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'help'
            __kb-purge_parse_subcommand -r 1 'version'
        end
    end
end

function __kb-purge_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __kb-purge_parse_subcommand -S -a positional_count
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

function __kb-purge_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __kb-purge_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__kb-purge_tokens -p)
    if test -z "$(__kb-purge_tokens -t)"
        set -l index (count (__kb-purge_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'kb-purge' -f
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" table' -l 'table' -d 'Erase rows of this table.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" stream' -l 'stream' -d 'Erase events of this stream.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" where' -l 'where' -d 'Which: SQL over the columns.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" superseded' -l 'superseded' -d 'Only versions that are not live any more.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" personal' -l 'personal' -d 'Only the values of PERSONAL columns.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" reason' -l 'reason' -d 'Why.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" ticket' -l 'ticket' -d 'The ticket that asks for it.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" actor' -l 'actor' -d 'Who purges; default: the login name.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" execute' -l 'execute' -d 'Perform the plan with this digest.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge"' -l 'approval' -d 'A signature over the digest, by one who approves.' -rF
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" certificate' -l 'certificate' -d 'Put a signed certificate of the purge here.' -rF
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" due' -l 'due' -d 'What retention makes due; with --execute do it.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" resume' -l 'resume' -d 'Finish what an interrupted purge began, or what was ordered for now.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" withdraw' -l 'withdraw' -d 'Withdraw an order that waits.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" rotate' -l 'rotate' -d 'Have the key that --new-key-file names open the log from now on.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" rekey' -l 'rekey' -d 'Encrypt everything anew, and forget the keys of before.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" rechain' -l 'rechain' -d 'Put a new chain in place of the one that says what was erased.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" archive' -l 'archive' -d 'The log with the old chain goes here.' -rfa '(__kb-purge_complete_directories)'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" key-file' -l 'key-file' -d 'The key of an encrypted log is in this file.' -rF
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" key-fd' -l 'key-fd' -d 'The key is what this descriptor gives.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" key-command' -l 'key-command' -d 'The key is what this command prints.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" new-key-file' -l 'new-key-file' -d 'The new key is in this file.' -rF
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" new-key-fd' -l 'new-key-fd' -d 'The new key is what this descriptor gives.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" new-key-command' -l 'new-key-command' -d 'The new key is what this command prints.' -rfka ''
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" q quiet' -l 'quiet' -s 'q' -d 'No messages but errors.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_positional "kb-purge" -eq 1' -fa '(__kb-purge_complete_directories)'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" version' -l 'version' -d 'Show the version.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_positional "kb-purge" -eq 2' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kb-purge' -n '__kb-purge_should_offer_completions_for_flags_or_options "kb-purge help" version' -l 'version' -d 'Show the version.'
