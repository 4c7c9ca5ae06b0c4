// SPDX-License-Identifier: Apache-2.0
// The hosts that the examples of the manual send requests to, played on this machine: a program
// curl that is first in the path and knows two of them.

import Glibc

/// What a folder needs so that its commands reach tsa.example and witness.example.
struct Internet {
  private let authority = Authority()
  private let witness = Witness("w1")

  /// Gives a folder the program, the authority's root certificate and a policy.
  init(in folder: Folder) {
    precondition(mkdir(folder.file("bin"), 0o755) == 0, "no folder for curl")
    folder.write("ca.pem", contents(authority.certificates))
    folder.write("ward.policy", witness.line + "quorum w1\n")
    let tests = "\(Project.path)/Tests"
    folder.write(
      "bin/curl",
      """
      #!/bin/sh
      set -eu
      while [ $# -gt 0 ]; do
        case $1 in
          --data-binary) data=${2#@}; shift ;;
          -H) shift ;;
          -o) output=$2; shift ;;
          https://*) host=${1#https://} ;;
        esac
        shift
      done
      case $host in
        tsa.example/*) cat "$data" | \(tests)/authority.sh answer \(authority.folder.path) ;;
        witness.example/add-checkpoint)
          cat "$data" |
            python3 \(tests)/witness.py add-checkpoint \(witness.path) "$(head -n 1 ward.kb/vkey)" \
              2> /dev/null ;;
      esac > "$output"

      """)
    chmod(folder.file("bin/curl"), 0o755)
  }
}
