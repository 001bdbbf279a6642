# SPDX-License-Identifier: GPL-3.0-or-later
# Fish: asks soak itself what may follow.

function __soak_complete
    set -l words (commandline -opc)
    set -l word "$(commandline -ct)"
    for line in ($words[1] --complete $words[2..-1] "$word" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (string replace -r '.*=' '' -- "$word")
        else
            echo $line
        end
    end
end
complete -c soak -f -a '(__soak_complete)'
