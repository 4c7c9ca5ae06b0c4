function __kb-snapshot_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-snapshot_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kb-snapshot_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-snapshot_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __kb-snapshot_parse_tokens -S
    set -l unparsed_tokens (__kb-snapshot_tokens -pc)
    switch $unparsed_tokens[1]
    case 'kb-snapshot'
        __kb-snapshot_parse_subcommand -r 2 'since=' 'until=' 'restore' 'tiles=' 'jobs=' 'purges-from=' 'key-file=' 'key-fd=' 'key-command=' 'q/quiet' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'help'
            __kb-snapshot_parse_subcommand -r 1 'version'
        end
    end
end

function __kb-snapshot_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __kb-snapshot_parse_subcommand -S -a positional_count
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

function __kb-snapshot_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __kb-snapshot_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__kb-snapshot_tokens -p)
    if test -z "$(__kb-snapshot_tokens -t)"
        set -l index (count (__kb-snapshot_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'kb-snapshot' -f
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" since' -l 'since' -d 'An increment: only segments with records from here on.' -rF
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" until' -l 'until' -d 'The last record: its offset, or a time.' -rfka ''
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" restore' -l 'restore' -d 'Restore LOG from archives: files, or standard input.'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" tiles' -l 'tiles' -d 'Publish the tree in DIR as tlog-tiles, in place of an archive.' -rfa '(__kb-snapshot_complete_directories)'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" jobs' -l 'jobs' -d 'Threads that hash; default: one a processor.' -rfka ''
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" purges-from' -l 'purges-from' -d 'To restore: erase what this log or archive, which went on, has purged.' -rF
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" key-file' -l 'key-file' -d 'The key of an encrypted log is in this file.' -rF
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" key-fd' -l 'key-fd' -d 'The key is what this descriptor gives.' -rfka ''
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" key-command' -l 'key-command' -d 'The key is what this command prints.' -rfka ''
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" q quiet' -l 'quiet' -s 'q' -d 'No messages but errors.'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_positional "kb-snapshot" -eq 1' -fa '(__kb-snapshot_complete_directories)'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_positional "kb-snapshot" -ge 2' -F
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" version' -l 'version' -d 'Show the version.'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_positional "kb-snapshot" -eq 3' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kb-snapshot' -n '__kb-snapshot_should_offer_completions_for_flags_or_options "kb-snapshot help" version' -l 'version' -d 'Show the version.'
