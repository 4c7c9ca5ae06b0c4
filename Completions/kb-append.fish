function __kb-append_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-append_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kb-append_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-append_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __kb-append_parse_tokens -S
    set -l unparsed_tokens (__kb-append_tokens -pc)
    switch $unparsed_tokens[1]
    case 'kb-append'
        __kb-append_parse_subcommand -r 2 'table=' 'stream=' 'sql' 'c=' 'format=' 'create' 'key=' 'batch=' 'atomic' 'on-conflict=' 'actor=' 'reason=' 'ticket=' 'request-id=' 'expect=' 'rejects=' 'receipts=' 'readmit' 'branch' 'param=+' 'key-file=' 'key-fd=' 'key-command=' 'q/quiet' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'help'
            __kb-append_parse_subcommand -r 1 'version'
        end
    end
end

function __kb-append_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __kb-append_parse_subcommand -S -a positional_count
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

function __kb-append_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __kb-append_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__kb-append_tokens -p)
    if test -z "$(__kb-append_tokens -t)"
        set -l index (count (__kb-append_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'kb-append' -f
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" table' -l 'table' -d 'Append rows to this table.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" stream' -l 'stream' -d 'Append events to this stream.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" sql' -l 'sql' -d 'Run SQL statements that write.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" c' -s 'c' -d 'The SQL to run.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" format' -l 'format' -d 'Format of the input.' -rfka 'ndjson csv tsv'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" create' -l 'create' -d 'Create the log, and the table or stream, if not there.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" key' -l 'key' -d 'With --create: the primary key.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" batch' -l 'batch' -d 'Input lines per record.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" atomic' -l 'atomic' -d 'Append the whole input as one record, or nothing.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" on-conflict' -l 'on-conflict' -d 'When the primary key exists.' -rfka 'error update ignore'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" actor' -l 'actor' -d 'Who appends; default: the login name.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" reason' -l 'reason' -d 'Why.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" ticket' -l 'ticket' -d 'The ticket that asks for it.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" request-id' -l 'request-id' -d 'Append at most once, ever, under this id.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" expect' -l 'expect' -d 'Only if this is the newest offset.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" rejects' -l 'rejects' -d 'Add bad lines to this file and go on.' -rF
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" receipts' -l 'receipts' -d 'Put a receipt of each record into this folder.' -rfa '(__kb-append_complete_directories)'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" readmit' -l 'readmit' -d 'Let rows come back that kb-purge(1) erased.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" branch' -l 'branch' -d 'Go on as a new branch, under a new key, though the log was set back.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append"' -l 'param' -d 'With --sql: the value of a parameter.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" key-file' -l 'key-file' -d 'The key of an encrypted log is in this file.' -rF
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" key-fd' -l 'key-fd' -d 'The key is what this descriptor gives.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" key-command' -l 'key-command' -d 'The key is what this command prints.' -rfka ''
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" q quiet' -l 'quiet' -s 'q' -d 'No messages but errors.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_positional "kb-append" -eq 1' -fa '(__kb-append_complete_directories)'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_positional "kb-append" -ge 2' -F
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" version' -l 'version' -d 'Show the version.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_positional "kb-append" -eq 3' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kb-append' -n '__kb-append_should_offer_completions_for_flags_or_options "kb-append help" version' -l 'version' -d 'Show the version.'
