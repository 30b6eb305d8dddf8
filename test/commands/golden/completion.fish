# hastconf completion for fish: hastconf completion fish | source
function __hastconf_nodes
  set -l words (commandline -opc)
  set -l file cluster.yaml
  for at in (seq (count $words))
    if contains -- $words[$at] -f --file; and set -q words[(math $at + 1)]
      set file $words[(math $at + 1)]
    end
  end
  hastconf -f $file completion nodes 2>/dev/null
end
complete -c hastconf -f
complete -c hastconf -s f -l file -r -F -d 'cluster file'
complete -c hastconf -l json -d 'it\'s [JSON]: print'
complete -c hastconf -s h -l help -d 'display help for command'
complete -c hastconf -n 'not __fish_seen_subcommand_from apply lab' -a apply -d 'make it so: now'
complete -c hastconf -n 'not __fish_seen_subcommand_from apply lab' -a lab -d 'group'
complete -c hastconf -n '__fish_seen_subcommand_from apply' -s o -l output -x -a '(__fish_complete_directories)' -d 'directory'
complete -c hastconf -n '__fish_seen_subcommand_from apply' -l become -x -a 'none su' -d ''
complete -c hastconf -n '__fish_seen_subcommand_from apply' -l preferred -x -a '(__hastconf_nodes)' -d 'the node that becomes primary first (default: the first node)'
complete -c hastconf -n '__fish_seen_subcommand_from apply' -l hast-checksum -x -a 'none crc32 sha256' -d 'of what is sent (default: none)'
complete -c hastconf -n '__fish_seen_subcommand_from apply' -l witness -x -d 'a third machine that must answer, such as the default gateway; or none; replaces all that the file has'
complete -c hastconf -n '__fish_seen_subcommand_from apply' -s h -l help -d 'display help for command'
complete -c hastconf -n '__fish_seen_subcommand_from apply' -x -a '(__hastconf_nodes)'
complete -c hastconf -n '__fish_seen_subcommand_from lab; and not __fish_seen_subcommand_from up' -s h -l help -d 'display help for command'
complete -c hastconf -n '__fish_seen_subcommand_from lab; and not __fish_seen_subcommand_from up' -a up -d 'the lab\'s start'
complete -c hastconf -n '__fish_seen_subcommand_from lab; and __fish_seen_subcommand_from up' -s h -l help -d 'display help for command'
