#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verifies an evidence pack with a POSIX shell, the GNU coreutils and openssl 3, and nothing else.
#
#   sh verify.sh [--key KEY] [--tsa-ca FILE] [FOLDER]
#
#   --key KEY       the log's verifier key as its operator published it, or a file of such lines
#   --tsa-ca FILE   root certificates (PEM) of time-stamp authorities that you trust
#   FOLDER          the unpacked pack; without it, the folder of this script
#
# Exit status: 0 all holds, 1 a file is wrong and is named, any other: it could not be checked.
# Whatever stands in the pack is read as data: nothing of it is run, or printed but names and
# numbers that were checked. The formats are C2SP signed-note, tlog-checkpoint and tlog-proof, and
# RFC 9162 for the trees; kb-log(5) of the Kimberlite project puts them together.

set -uf
# bash goes on after an error of arithmetic unless it is told not to.
if (set -o posix) 2> /dev/null; then set -o posix; fi
LC_ALL=C
export LC_ALL
unset IFS CDPATH

could_not() { progress_end; printf 'NOT CHECKED: %s\n' "$2" >&2; exit "$1"; }
no_room() { could_not 73 "nothing can be written in $work"; }
wrong() {
  # A full disk makes files look wrong.
  printf '%65536s' '' 2> /dev/null > "$work/room" || no_room
  progress_end
  printf 'WRONG: %s: %s\n' "$1" "$2" >&2
  exit 1
}

is_showing=no
# Says, on a terminal, how far it is: how many of how many receipts.
progress() { if [ -t 2 ]; then printf '\r%s of %s receipts' "$1" "$2" >&2; is_showing=yes; fi; }
progress_end() {
  if [ "$is_showing" = yes ]; then printf '\r\033[K' >&2; fi
  is_showing=no
}

# --- Bytes and hashes; hashes are 64 hex digits.

# Writes the bytes that hex digits spell.
bytes() {
  rest=$1
  escapes=
  while [ -n "$rest" ]; do
    after=${rest#??}
    byte=$((0x${rest%"$after"}))
    escapes="$escapes\\$((byte >> 6))$((byte >> 3 & 7))$((byte & 7))"
    rest=$after
  done
  printf "$escapes"
}

# The bytes of standard input as hex digits.
hex() { od -A n -v -t x1 | tr -d ' \n'; }

# Moves hex digits, an even number, from the front of digits to part: none where there are fewer.
take() {
  part=
  [ "${#digits}" -ge "$1" ] || return 0
  wanted=$1
  # Short patterns: what a shell needs for one grows with the square of its length.
  while [ "$wanted" -gt 0 ]; do
    if [ "$wanted" -ge 64 ]; then
      after=${digits#????????????????????????????????????????????????????????????????}
      wanted=$((wanted - 64))
    else
      after=${digits#??}
      wanted=$((wanted - 2))
    fi
    part=$part${digits%"$after"}
    digits=$after
  done
}

# The SHA-256 of a file, or of what a command printed: leaves it in sum.
sum_of() {
  sum=$(sha256sum 2> /dev/null < "$1") || could_not 66 "$1 cannot be read"
  digest "$sum"
}
digest() {
  sum=${1%% *}
  [ "${#sum}" -eq 64 ] || could_not 69 'sha256sum gives no sum'
}

# The hash of an inner node: RFC 9162, 2.1.1.
node() { digest "$(bytes "01$1$2" | sha256sum)" && node=$sum; }

# Whether a text is a number from 0 to 10^18 in its one spelling.
is_number() {
  case $1 in
    '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;;
  esac
}

# --- Trees.

# Whether a leaf is in a tree: leaf, index, size, hashes of the proof, root, name of the tree.
# RFC 9162, 2.1.3.2.
#
# Receipts of neighbours have the upper parts of their proofs in common. What the rest of a proof
# leads to depends on nothing but fn, sn, node, what is left of the proof, and the root: so a proof
# that comes to where the last one of this tree was at the same step is as right as that one.
includes() {
  [ "$2" -lt "$3" ] || return 1
  fn=$2
  sn=$(($3 - 1))
  node=$1
  proof=$4
  step=0
  while [ -n "$proof" ]; do
    step=$((step + 1))
    state="$fn $sn $node $proof $5"
    eval "known=\${known_$6_$step-}"
    [ "$state" != "$known" ] || return 0
    # Whoever asked ends the script where this proof comes out wrong.
    eval "known_$6_$step=\$state"
    after=${proof#????????????????????????????????????????????????????????????????}
    next=${proof%"$after"}
    proof=$after
    [ "$sn" -ne 0 ] || return 1
    if [ $((fn & 1)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      node "$next" "$node"
      while [ $((fn & 1)) -eq 0 ] && [ "$fn" -ne 0 ]; do
        fn=$((fn >> 1))
        sn=$((sn >> 1))
      done
    else
      node "$node" "$next"
    fi
    fn=$((fn >> 1))
    sn=$((sn >> 1))
  done
  [ "$sn" -eq 0 ] && [ "$node" = "$5" ]
}

# Whether a tree goes on as another: size, root, greater size, its root, proof. RFC 9162, 2.1.4.2.
continues() {
  if [ "$1" -eq "$3" ]; then
    [ "$2" = "$4" ] && [ -z "$5" ]
    return
  fi
  [ "$1" -gt 0 ] && [ "$1" -lt "$3" ] || return 1
  fn=$(($1 - 1))
  sn=$(($3 - 1))
  while [ $((fn & 1)) -eq 1 ]; do
    fn=$((fn >> 1))
    sn=$((sn >> 1))
  done
  proof=$5
  # The old root begins the proof of a tree that is a power of two.
  if [ "$fn" -eq 0 ]; then proof=$2$proof; fi
  after=${proof#????????????????????????????????????????????????????????????????}
  old=${proof%"$after"}
  new=$old
  proof=$after
  while [ -n "$proof" ]; do
    after=${proof#????????????????????????????????????????????????????????????????}
    next=${proof%"$after"}
    proof=$after
    [ "$sn" -ne 0 ] || return 1
    if [ $((fn & 1)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      node "$next" "$old"
      old=$node
      node "$next" "$new"
      new=$node
      while [ $((fn & 1)) -eq 0 ] && [ "$fn" -ne 0 ]; do
        fn=$((fn >> 1))
        sn=$((sn >> 1))
      done
    else
      node "$new" "$next"
      new=$node
    fi
    fn=$((fn >> 1))
    sn=$((sn >> 1))
  done
  [ "$sn" -eq 0 ] && [ "$old" = "$2" ] && [ "$new" = "$4" ]
}

# --- Texts.

# Checks that the key signed the first lines of a note, and leaves these lines in $work/text and
# the note with the signatures of this key alone in $work/own: file, number of lines.
check_signed() {
  head -n "$2" "$1" > "$work/text" || no_room
  tail -n "+$(($2 + 1))" "$1" > "$work/signatures" || no_room
  signature=
  {
    IFS= read -r line || line=none
    [ -z "$line" ] || wrong "$1" "no empty line ends its text"
    { cat "$work/text" && echo; } > "$work/own" || no_room
    while IFS= read -r line; do
      case $line in "— $name "*) ;; *) continue ;; esac
      printf '%s\n' "$line" >> "$work/own" || no_room
      found=$(printf '%s' "${line#"— $name "}" | base64 -d 2> /dev/null | hex)
      if [ -z "$signature" ] && [ "${found#"$id"}" != "$found" ]; then signature=${found#"$id"}; fi
    done
  } < "$work/signatures"
  [ "${#signature}" -eq 128 ] || wrong "$1" "it is not signed with the key of vkey"
  bytes "$signature" > "$work/signature" || no_room
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/text" \
    -sigfile "$work/signature" > /dev/null 2>&1 < /dev/null ||
    wrong "$1" "its signature is not by the key of vkey"
}

# Reads a checkpoint that the key signed: file. Leaves size and root.
read_checkpoint() {
  check_signed "$1" 3
  {
    IFS= read -r origin && IFS= read -r size && IFS= read -r line
  } < "$work/text" || wrong "$1" "it is cut short"
  [ "$origin" = "$name" ] || wrong "$1" "it is of another log"
  is_number "$size" || wrong "$1" "it states no number of records"
  root=$(printf '%s' "$line" | base64 -d 2> /dev/null | hex)
  [ "${#root}" -eq 64 ] || wrong "$1" "it states no root"
}

# Reads "word number", hashes, an empty line and the checkpoint of the pack: file, word, and whom
# to blame. Leaves number and proof.
read_proof() {
  [ "$(wc -c < "$1")" -le 80000 ] || wrong "$3" "its proof is too long"
  lines=1
  hashes=
  {
    IFS= read -r line || line=
    number=${line#"$2 "}
    [ "$line" = "$2 $number" ] && is_number "$number" || wrong "$3" "it states no $2"
    while IFS= read -r line && [ -n "$line" ]; do
      lines=$((lines + 1))
      case $line in *=) ;; *) wrong "$3" "its proof is not hashes" ;; esac
      [ "${#line}" -eq 44 ] || wrong "$3" "its proof is not hashes"
      hashes=$hashes$line
    done
  } < "$1"
  proof=$(printf '%s' "$hashes" | base64 -d 2> /dev/null | hex)
  [ "${#proof}" -eq $((64 * (lines - 1))) ] || wrong "$3" "its proof is not hashes"
  digest "$(tail -n "+$((lines + 2))" "$1" | sha256sum)"
  [ "$sum" = "$checkpoint_sum" ] || wrong "$3" "it leads to another checkpoint"
}

# --- Receipts.

# Checks a receipt: file, the offset and the number of the event that it must be about; of a record,
# no number. Leaves seconds, and whether the event is shown.
check_receipt() {
  [ "$(head -c 29 "$1")" = 'c2sp.org/tlog-proof@v1
extra ' ] || wrong "$1" "it is no receipt"
  tail -c +30 "$1" | head -n 1 > "$work/line" || no_room
  if ! base64 -d < "$work/line" > "$work/extra" 2> /dev/null; then
    if base64 -d < "$work/line" > /dev/null 2>&1; then no_room; fi
    wrong "$1" "its extra data is not in base64"
  fi
  tail -n +3 "$1" > "$work/rest" || no_room
  extra_size=$(wc -c < "$work/extra")
  # Up to where an event begins at the latest: 108 + 4 + 1 + 22 hashes + 1.
  digits=$(head -c 818 "$work/extra" | hex)
  take 216
  header=$part
  [ -n "$header" ] || wrong "$1" "it holds no record header"
  sum_of "$work/rest"
  # Receipts of one record have its proof in common.
  if [ "$header $sum" != "$proven" ]; then
    proven="$header $sum"
    of_event=$digits
    check_record "$1"
    digits=$of_event
  fi
  [ "$number" = "$2" ] || wrong "$1" "it is of record $number"
  if [ -n "$3" ]; then
    check_event "$1" "$3"
  else
    [ "$extra_size" -eq 108 ] || wrong "$1" "something follows its record header"
  fi
}

# The header is of this log and offset, and leads to the checkpoint. Leaves what it says: seconds,
# and the number of events and the root of their tree.
check_record() {
  read_proof "$work/rest" index "$1"
  # What is read above is of the file whose name was given.
  log=${name#kimberlite/}
  case $header in
    4b425201"${log%%/*}$(printf '%016x' "$number")"*) ;;
    *) wrong "$1" "its header is not of record $number of this log" ;;
  esac
  digest "$({ printf '\000'; head -c 108 "$work/extra"; } | sha256sum)"
  includes "$sum" "$number" "$size" "$proof" "$root" records ||
    wrong "$1" "its proof does not lead to the checkpoint"
  digits=$header
  take 56
  take 16
  seconds=$((0x$part / 1000000000))
  take 8
  event_count=$((0x$part))
  take 72
  take 64
  events=$part
}

# The event leads to the header: file, number.
check_event() {
  take 10
  [ -n "$part" ] || wrong "$1" "it holds no event"
  [ $((0x${part%??})) -eq "$2" ] || wrong "$1" "it is of another event"
  count=$((0x${part#????????}))
  [ "$count" -le 22 ] || wrong "$1" "its proof is too long"
  take $((64 * count + 2))
  [ -n "$part" ] || wrong "$1" "its proof is cut short"
  way=${part%??}
  left=$((extra_size - 114 - 32 * count))
  case ${part#"$way"} in
    00)
      is_shown=no
      [ "$left" -eq 32 ] || wrong "$1" "its leaf is no hash"
      digest "$(tail -c 32 "$work/extra" | hex)"
      ;;
    01)
      is_shown=yes
      [ "$left" -gt 16 ] || wrong "$1" "its event is cut short"
      digest "$({ printf '\000'; tail -c "$left" "$work/extra"; } | sha256sum)"
      ;;
    *) wrong "$1" "its event has an unknown form" ;;
  esac
  includes "$sum" "$2" "$event_count" "$way" "$events" events ||
    wrong "$1" "its event is not what the record holds"
}

# --- Arguments and tools.

# No tool is taken from the folder that is checked, wherever this is run.
elements=${PATH-}:
PATH=
while [ -n "$elements" ]; do
  element=${elements%%:*}
  elements=${elements#*:}
  case $element in /*) PATH=$PATH${PATH:+:}$element ;; esac
done
[ -n "$PATH" ] || could_not 69 'PATH names no folder that begins with /'
for tool in openssl sha256sum base64 od tr head tail cat wc date dirname mkdir mktemp rm; do
  command -v "$tool" > /dev/null || could_not 69 "there is no $tool"
done
case $(openssl version) in
  'OpenSSL '[3-9]*) ;;
  *) could_not 69 'openssl 3 or later is needed' ;;
esac
# A number that is too great for a shell of 32 bits would be another one.
[ "$((1 << 40))" = 1099511627776 ] || could_not 69 'this shell counts in fewer than 64 bits'
folder=$(dirname -- "$0")
usage='usage: sh verify.sh [--key KEY] [--tsa-ca FILE] [FOLDER]'
key=
authorities=
while [ $# -gt 0 ]; do
  case $1 in
    --key | --tsa-ca)
      [ $# -ge 2 ] && [ -n "$2" ] || could_not 64 "$1 wants a value"
      if [ "$1" = --key ]; then key=$2; else authorities=$2; fi
      shift
      ;;
    --)
      shift
      [ $# -le 1 ] || could_not 64 "$usage"
      if [ $# -eq 1 ]; then folder=$1; fi
      break
      ;;
    -*) could_not 64 "$usage" ;;
    *)
      [ $# -eq 1 ] || could_not 64 "$usage"
      folder=$1
      ;;
  esac
  shift
done
umask 077
work=$(mktemp -d 2> /dev/null) || could_not 73 'no folder can be made for what is unpacked'
case $work in /*) ;; *) work=$PWD/$work ;; esac
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -n "$authorities" ]; then
  case $authorities in /*) ;; *) authorities=$PWD/$authorities ;; esac
  [ -f "$authorities" ] && [ -r "$authorities" ] ||
    could_not 66 'the file of --tsa-ca cannot be read'
  openssl storeutl -noout -certs "$authorities" 2> /dev/null > "$work/certificates" < /dev/null &&
    [ "$(cat "$work/certificates")" != 'Total found: 0' ] ||
    could_not 64 'the file of --tsa-ca holds no certificates in PEM'
fi
keys=$key
if [ -f "$key" ]; then
  [ -r "$key" ] || could_not 66 'the file of --key cannot be read'
  keys=$(head -c 65536 < "$key" | tr -d '\r')
  case $keys in *+*+*) ;; *) could_not 64 'the file of --key holds no key' ;; esac
elif [ -n "$key" ]; then
  case $key in kimberlite/*+*+*) ;; *) could_not 66 'there is no file of the name that --key gives' ;; esac
fi
case $folder in /*) ;; *) folder=./$folder ;; esac
cd -- "$folder" 2> /dev/null || could_not 66 'there is no such folder'
for file in . receipts anchors; do
  if [ -d "$file" ]; then [ -r "$file" ] && [ -x "$file" ] || could_not 66 "$file cannot be read"; fi
done
for file in vkey statement SHA256SUMS checkpoint; do
  [ -f "$file" ] && [ ! -L "$file" ] || wrong "$file" "it is missing"
  [ -r "$file" ] || could_not 66 "$file cannot be read"
  [ "$(wc -c < "$file")" -le 50000000 ] || wrong "$file" "it is too long"
done

# --- The key: name+id+key, C2SP signed-note.

IFS= read -r vkey < vkey || vkey=
name=${vkey%%+*}
key64=${vkey#*+}
id=${key64%%+*}
key64=${key64#*+}
case ${name#kimberlite/} in
  "$name" | '' | *[!0-9a-f/]*) wrong vkey "it names no log" ;;
esac
public=$(printf '%s' "$key64" | base64 -d 2> /dev/null | hex)
[ "${#public}" -eq 66 ] && [ "${public#01}" != "$public" ] || wrong vkey "it is no Ed25519 key"
digest "$({ printf '%s\n' "$name"; bytes "$public"; } | sha256sum)"
case $sum in "$id"*) [ "${#id}" -eq 8 ] ;; *) false ;; esac ||
  wrong vkey "its id is not that of the key"
vkey=$(printf '%s' "$name+$id+"; bytes "$public" | base64)
sum_of vkey
[ "$(printf '%s\n' "$vkey" | sha256sum)" = "$sum  -" ] || wrong vkey "it is not one line"
if [ -n "$key" ]; then
  case "
$keys
" in
    *"
$vkey
"*) ;;
    *) wrong vkey "it is not the key that --key gives" ;;
  esac
fi
# SubjectPublicKeyInfo of an Ed25519 key: RFC 8410.
bytes "302a300506032b6570032100${public#01}" > "$work/key.der" || no_room
printf 'key: %s\n' "$vkey"

# --- The statement, and every file by it.

check_signed statement 5
sum_of "$work/own"
[ "$(sha256sum < statement)" = "$sum  -" ] && [ "$(wc -l < statement)" -eq 7 ] ||
  wrong statement "something follows its signature"
{
  IFS= read -r line && [ "$line" = kimberlite/evidence/v1 ] &&
    IFS= read -r line && [ "$line" = "log $name" ] &&
    IFS= read -r line && moment=${line#moment } && [ "$line" = "moment $moment" ] &&
    IFS= read -r line && rows=${line#rows } && [ "$line" = "rows $rows" ] &&
    IFS= read -r line && is_number "$moment" && is_number "$rows"
} < "$work/text" || wrong statement "it is no statement of this log about evidence"
sum_of SHA256SUMS
[ "$line" = "sums $sum" ] || wrong SHA256SUMS "it is not the list that was signed"

# Whether a pack may hold a file of this name.
may_hold() {
  case $1 in
    README.txt | checkpoint | moment.tlog-proof | query.json | query.sql) ;;
    receipts.ndjson | rows.csv | rows.ndjson | schema.sql | verify.sh | vkey) ;;
    receipts/*.tlog-proof)
      file=${1#receipts/}
      file=${file%.tlog-proof}
      is_number "${file%%-*}" || return 1
      case $file in *-*) is_number "${file#*-}" ;; esac
      ;;
    anchors/*.checkpoint | anchors/*.consistency | anchors/*.tsq)
      file=${1#anchors/}
      is_number "${file%.*}"
      ;;
    anchors/*.tsr)
      file=${1#anchors/}
      file=${file%.tsr}
      is_number "${file%%.*}" || return 1
      case $file in *.*) is_number "${file#*.}" ;; esac
      ;;
    *) return 1 ;;
  esac
}

for file in receipts anchors; do
  [ ! -L "$file" ] || wrong "$file" "it is a link"
done
listed=' '
files=0
receipts_listed=0
while IFS= read -r line; do
  file=${line#*  }
  may_hold "$file" || wrong SHA256SUMS "line $((files + 1)) names no file of a pack"
  file=${line#*  }
  case $listed in *" $file "*) wrong SHA256SUMS "it names $file twice" ;; esac
  [ -f "$file" ] && [ ! -L "$file" ] || wrong "$file" "it is missing"
  case $file in receipts/*) receipts_listed=$((receipts_listed + 1)) ;; esac
  sum_of "$file"
  [ "$line" = "$sum  $file" ] || wrong "$file" "it is not the file that was signed"
  listed="$listed$file "
  files=$((files + 1))
done < SHA256SUMS
# What every pack has.
for file in README.txt checkpoint moment.tlog-proof query.json query.sql receipts.ndjson rows.csv \
  rows.ndjson schema.sql verify.sh vkey; do
  case $listed in *" $file "*) ;; *) wrong SHA256SUMS "it does not name $file" ;; esac
done
set +f
for file in * .[!.]* ..?* receipts/* receipts/.[!.]* receipts/..?* anchors/* anchors/.[!.]* \
  anchors/..?*; do
  [ -e "$file" ] || [ -L "$file" ] || continue
  case $file in
    statement | SHA256SUMS) continue ;;
    receipts | anchors) [ -d "$file" ] && continue ;;
    *[!A-Za-z0-9./_-]*) wrong "a file whose name is not shown" "nobody signed for it" ;;
  esac
  case $listed in *" $file "*) ;; *) wrong "$file" "nobody signed for it" ;; esac
done
set -f
printf 'statement: signed with the key, %s files are as they were\n' "$files"

# --- The checkpoint, and what leads to it.

read_checkpoint checkpoint
sum_of checkpoint
checkpoint_sum=$sum
printf 'checkpoint: %s records, signed with the key\n' "$size"

proven=
check_receipt moment.tlog-proof "$moment" ''
printf 'moment: record %s, of %s\n' "$moment" "$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ)"

receipts=0
hidden=0
for file in $listed; do
  case $file in receipts/*) ;; *) continue ;; esac
  progress "$receipts" "$receipts_listed"
  about=${file#receipts/}
  about=${about%.tlog-proof}
  case $about in
    *-*) check_receipt "$file" "${about%-*}" "${about#*-}" ;;
    *)
      is_shown=yes
      check_receipt "$file" "$about" ''
      ;;
  esac
  [ "$number" -le "$moment" ] || wrong "$file" "it is of a record after the moment"
  receipts=$((receipts + 1))
  if [ "$is_shown" = no ]; then hidden=$((hidden + 1)); fi
done
progress_end

# Each row has its line in the index, and each receipt its row.
[ "$(wc -l < rows.ndjson)" -eq "$rows" ] || wrong rows.ndjson "it has not $rows rows"
row=0
used=' '
without=0
while IFS= read -r line; do
  row=$((row + 1))
  list=${line#"{\"row\":$row,\"receipts\":["}
  [ "$line" != "$list" ] && [ "${list%]\}}" != "$list" ] ||
    wrong receipts.ndjson "line $row is wrong"
  list=${list%]\}}
  if [ -z "$list" ]; then without=$((without + 1)); fi
  while [ -n "$list" ]; do
    file=${list%%,*}
    list=${list#"$file"}
    list=${list#,}
    file=${file#\"}
    file=receipts/${file%\"}
    case $file in *[!a-z0-9./-]*) wrong receipts.ndjson "line $row is wrong" ;; esac
    case $listed in *" $file "*) ;; *) wrong receipts.ndjson "line $row names no receipt" ;; esac
    case $used in *" $file "*) ;; *) used="$used$file " ;; esac
  done
done < receipts.ndjson
[ "$row" -eq "$rows" ] || wrong receipts.ndjson "it has not $rows rows"
for file in $listed; do
  case $file in receipts/*) ;; *) continue ;; esac
  case $used in *" $file "*) ;; *) wrong "$file" "it belongs to no row" ;; esac
done
printf 'rows: %s, %s of them without a receipt\n' "$rows" "$without"
printf 'receipts: %s lead to the checkpoint, %s of them to erased content\n' "$receipts" "$hidden"

# --- What others state.

full_size=$size
full_root=$root
stamps=0
for file in $listed; do
  case $file in
    anchors/*.checkpoint)
      anchor=${file#anchors/}
      anchor=${anchor%.checkpoint}
      read_checkpoint "$file"
      [ "$size" = "$anchor" ] || wrong "$file" "it states $size records"
      case $listed in
        *" anchors/$anchor.consistency "*) ;;
        *) wrong "anchors/$anchor.consistency" "it is missing" ;;
      esac
      read_proof "anchors/$anchor.consistency" old "anchors/$anchor.consistency"
      [ "$number" = "$anchor" ] || wrong "anchors/$anchor.consistency" "it is of $number records"
      continues "$anchor" "$root" "$full_size" "$full_root" "$proof" ||
        wrong "anchors/$anchor.consistency" "the checkpoint is not one of the same log"
      mkdir -p "$work/stamped" && cat "$work/own" > "$work/stamped/$anchor" || no_room
      ;;
  esac
done
for file in $listed; do
  case $file in
    anchors/*.tsr) ;;
    anchors/*.tsq | anchors/*.consistency)
      anchor=${file#anchors/}
      [ -f "$work/stamped/${anchor%.*}" ] || wrong "$file" "it belongs to no checkpoint"
      continue
      ;;
    *) continue ;;
  esac
  anchor=${file#anchors/}
  anchor=${anchor%%.*}
  [ -f "$work/stamped/$anchor" ] || wrong "$file" "it belongs to no checkpoint"
  stamps=$((stamps + 1))
  if [ -z "$authorities" ]; then
    printf 'time stamp: %s: not checked, for want of --tsa-ca\n' "$file"
    continue
  fi
  # A certificate has to have been valid at the time of the stamp, not today. The time is read from
  # the signed token alone: the answer around it is anybody's text.
  openssl ts -reply -in "$file" -token_out -out "$work/token" > /dev/null 2>&1 < /dev/null ||
    wrong "$file" "it is no time stamp"
  openssl ts -reply -token_in -in "$work/token" -text 2> /dev/null < /dev/null > "$work/stamp" ||
    wrong "$file" "it is no time stamp"
  stamped=
  while IFS= read -r line; do
    case $line in
      'Time stamp: '*)
        [ -z "$stamped" ] || wrong "$file" "it states two times"
        stamped=${line#Time stamp: }
        ;;
    esac
  done < "$work/stamp"
  seconds=$(date -u -d "$stamped" +%s 2> /dev/null)
  [ -n "$stamped" ] && is_number "$seconds" || wrong "$file" "it is no time stamp"
  set -- -data "$work/stamped/$anchor"
  for try in data query; do
    if [ "$try" = query ]; then
      case $listed in *" anchors/$anchor.tsq "*) ;; *) continue ;; esac
      set -- -queryfile "anchors/$anchor.tsq"
    fi
    openssl ts -verify "$@" -in "$file" -CAfile "$authorities" -attime "$seconds" \
      > /dev/null 2>&1 < /dev/null ||
      wrong "$file" "it is no time stamp of the checkpoint by an authority of --tsa-ca"
  done
  printf 'time stamp: %s: the records before %s existed at %s\n' "$file" "$anchor" \
    "$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ)"
done

# --- The end.

# Nothing that is listed was passed over, whatever the shell made of the above.
[ "$receipts" -eq "$receipts_listed" ] && [ "$row" -eq "$rows" ] ||
  could_not 70 'not every receipt was looked at'

printf '\nVERIFIED: whoever holds the key signed for these rows; '
if [ "$receipts" -eq 0 ]; then
  printf 'no receipt leads from them into the log.\n'
elif [ "$without" -gt 0 ]; then
  printf 'the receipts of all but %s of them lead into the log.\n' "$without"
else
  printf 'the receipts of each of them lead into the log.\n'
fi
if [ -n "$key" ]; then
  echo 'The key is the one that --key gave.'
else
  echo 'Whose key it is, nothing here can prove: compare it with the one that the operator of the'
  echo 'log has published or given you by another way, or run this again with --key.'
fi
