function __kb-query_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-query_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kb-query_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kb-query_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __kb-query_parse_tokens -S
    set -l unparsed_tokens (__kb-query_tokens -pc)
    switch $unparsed_tokens[1]
    case 'kb-query'
        __kb-query_parse_subcommand 2 'format=' 'as-of=' 'param=+' 'f=' 'explain' 'follow' 'actor=' 'reason=' 'ticket=' 'timeout=' 'memory=' 'key-file=' 'key-fd=' 'key-command=' 'prove=' 'disclose' 'evidence=' 'q/quiet' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'help'
            __kb-query_parse_subcommand -r 1 'version'
        end
    end
end

function __kb-query_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __kb-query_parse_subcommand -S -a positional_count
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

function __kb-query_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __kb-query_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__kb-query_tokens -p)
    if test -z "$(__kb-query_tokens -t)"
        set -l index (count (__kb-query_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'kb-query' -f
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" format' -l 'format' -d 'Format of the rows; default: table on a terminal, else ndjson.' -rfka 'table ndjson json csv tsv markdown html'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" as-of' -l 'as-of' -d 'The moment to ask about.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query"' -l 'param' -d 'The value of :name or $1.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" f' -s 'f' -d 'Read the SQL from a file.' -rF
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" explain' -l 'explain' -d 'Show how the query would be run.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" follow' -l 'follow' -d 'Keep printing new rows as records arrive.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" actor' -l 'actor' -d 'Who asks, where the log audits reads; default: the login name.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" reason' -l 'reason' -d 'Why.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" ticket' -l 'ticket' -d 'The ticket that asks for it.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" timeout' -l 'timeout' -d 'End a query that runs for longer.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" memory' -l 'memory' -d 'End a query that needs more memory.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" key-file' -l 'key-file' -d 'The key of an encrypted log is in this file.' -rF
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" key-fd' -l 'key-fd' -d 'The key is what this descriptor gives.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" key-command' -l 'key-command' -d 'The key is what this command prints.' -rfka ''
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" prove' -l 'prove' -d 'Put a receipt of each row\'s event into this folder.' -rfa '(__kb-query_complete_directories)'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" disclose' -l 'disclose' -d 'With --prove: receipts show the events.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" evidence' -l 'evidence' -d 'Put the rows, and what proves them to a stranger, into this tar.' -rF
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" q quiet' -l 'quiet' -s 'q' -d 'No messages but errors.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_positional "kb-query" -eq 1' -fa '(__kb-query_complete_directories)'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" version' -l 'version' -d 'Show the version.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_positional "kb-query" -eq 2' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kb-query' -n '__kb-query_should_offer_completions_for_flags_or_options "kb-query help" version' -l 'version' -d 'Show the version.'
