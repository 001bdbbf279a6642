# SPDX-License-Identifier: GPL-3.0-or-later
# Bash: asks soak itself what may follow. `. completions/soak.bash` tries it without an installation.

_soak() {
  # bash splits words at =, soak does not.
  local line=${COMP_LINE:0:COMP_POINT} words cur candidate
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=${words[-1]}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    if [[ $candidate == :files ]]; then
      compopt -o filenames
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${cur#*=}")
    else
      [[ $candidate == *= ]] && compopt -o nospace
      [[ $cur == *=* ]] && candidate=${candidate#*=}
      COMPREPLY+=("$candidate")
    fi
  done < <("${words[0]/#\~/$HOME}" --complete "${words[@]:1}" 2>/dev/null)
}
complete -F _soak soak
