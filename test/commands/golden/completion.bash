# hastconf completion for bash: eval "$(hastconf completion bash)"
_hastconf_nodes() {
  hastconf -f "${1:-cluster.yaml}" completion nodes 2>/dev/null
}
_hastconf() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local path= file= word i skip=
  # bash makes a word of the = in --file=x as well.
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $skip ]]; then
      [[ $word == = ]] && continue
      [[ $skip == file ]] && file=$word
      skip=
      continue
    fi
    case $word in
      -f|--file) skip=file ;;
      -o|--output|--become|--preferred|--hast-checksum|--witness) skip=value ;;
      -*) ;;
      *)
        case "$path ${word}" in
          ' apply') path=' apply' ;;
          ' lab') path=' lab' ;;
          ' lab up') path=' lab up' ;;
        esac ;;
    esac
  done
  COMPREPLY=()
  case $prev in
    -f) local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --file) local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -o) local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --output) local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --become) COMPREPLY=($(compgen -W 'none su' -- "$cur")); return ;;
    --preferred) COMPREPLY=($(compgen -W "$(_hastconf_nodes "$file")" -- "$cur")); return ;;
    --hast-checksum) COMPREPLY=($(compgen -W 'none crc32 sha256' -- "$cur")); return ;;
    --witness)  return ;;
  esac
  case $path in
    '') if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '-f --file --json -h --help' -- "$cur")); else COMPREPLY=($(compgen -W 'apply lab' -- "$cur")); fi ;;
    ' apply') if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '-o --output --become --preferred --hast-checksum --witness -h --help -f --file --json' -- "$cur")); else COMPREPLY=($(compgen -W "$(_hastconf_nodes "$file")" -- "$cur")); fi ;;
    ' lab') if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '-h --help -f --file --json' -- "$cur")); else COMPREPLY=($(compgen -W 'up' -- "$cur")); fi ;;
    ' lab up') if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '-h --help -f --file --json' -- "$cur")); else :; fi ;;
  esac
}
complete -F _hastconf hastconf
