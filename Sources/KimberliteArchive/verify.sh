#!/bin/sh
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
LC_ALL=C
export LC_ALL
unset IFS

could_not() { printf 'NOT CHECKED: %s\n' "$2" >&2; exit "$1"; }
wrong() { printf 'WRONG: %s: %s\n' "$1" "$2" >&2; exit 1; }

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

# Leaves some hex digits of others in part, none where there are not so many: digits, how many to
# skip, how many to take.
take() {
  part=
  [ "${#1}" -ge $(($2 + $3)) ] || return 0
  marks=
  while [ "${#marks}" -lt "$2" ]; do marks="$marks??"; done
  part=${1#$marks}
  marks=
  while [ "${#marks}" -lt "$3" ]; do marks="$marks??"; done
  part=${part%"${part#$marks}"}
}

sum_of() { sum=$(sha256sum < "$1") && sum=${sum%% *}; }

# The hash of an inner node: RFC 9162, 2.1.1.
node() { node=$(bytes "01$1$2" | sha256sum) && node=${node%% *}; }

# Whether a text is a number from 0 to 10^18 in its one spelling.
is_number() {
  case $1 in
    '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;;
  esac
}

# --- Trees.

# Whether a leaf is in a tree: leaf, index, size, hashes of the proof, root. RFC 9162, 2.1.3.2.
includes() {
  [ "$2" -lt "$3" ] || return 1
  fn=$2
  sn=$(($3 - 1))
  node=$1
  proof=$4
  while [ -n "$proof" ]; do
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
  head -n "$2" "$1" > "$work/text"
  tail -n "+$(($2 + 1))" "$1" > "$work/signatures"
  signature=
  {
    IFS= read -r line || line=none
    [ -z "$line" ] || wrong "$1" "no empty line ends its text"
    { cat "$work/text"; echo; } > "$work/own"
    while IFS= read -r line; do
      case $line in "— $name "*) ;; *) continue ;; esac
      printf '%s\n' "$line" >> "$work/own"
      found=$(printf '%s' "${line#"— $name "}" | base64 -d 2> /dev/null | hex)
      if [ -z "$signature" ] && [ "${found#"$id"}" != "$found" ]; then signature=${found#"$id"}; fi
    done
  } < "$work/signatures"
  [ "${#signature}" -eq 128 ] || wrong "$1" "it is not signed with the key of vkey"
  bytes "$signature" > "$work/signature"
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
  : > "$work/proof"
  {
    IFS= read -r line || line=
    number=${line#"$2 "}
    [ "$line" = "$2 $number" ] && is_number "$number" || wrong "$3" "it states no $2"
    while IFS= read -r line && [ -n "$line" ]; do
      lines=$((lines + 1))
      [ "${#line}" -eq 44 ] || wrong "$3" "its proof is not hashes"
      printf '%s' "$line" | base64 -d >> "$work/proof" 2> /dev/null ||
        wrong "$3" "its proof is not hashes"
    done
  } < "$1"
  proof=$(hex < "$work/proof")
  [ "${#proof}" -eq $((64 * (lines - 1))) ] || wrong "$3" "its proof is not hashes"
  tail -n "+$((lines + 2))" "$1" > "$work/note"
  sum_of "$work/note"
  [ "$sum" = "$checkpoint_sum" ] || wrong "$3" "it leads to another checkpoint"
}

# --- Receipts.

# Checks a receipt: file, the offset and the number of the event that it must be about; of a record,
# no number. Leaves seconds, and whether the event is shown.
check_receipt() {
  [ "$(head -c 29 "$1")" = 'c2sp.org/tlog-proof@v1
extra ' ] || wrong "$1" "it is no receipt"
  tail -c +30 "$1" | head -n 1 | base64 -d > "$work/extra" 2> /dev/null ||
    wrong "$1" "its extra data is not in base64"
  tail -n +3 "$1" > "$work/rest"
  extra_size=$(wc -c < "$work/extra")
  # Up to where an event begins at the latest: 108 + 4 + 1 + 22 hashes + 1.
  extra=$(head -c 818 "$work/extra" | hex)
  take "$extra" 0 216
  header=$part
  [ -n "$header" ] || wrong "$1" "it holds no record header"
  sum_of "$work/rest"
  # Receipts of one record have its proof in common.
  if [ "$header $sum" != "$proven" ]; then
    proven="$header $sum"
    check_record "$1"
  fi
  [ "$number" = "$2" ] || wrong "$1" "it is of record $number"
  take "$header" 56 16
  seconds=$((0x$part / 1000000000))
  if [ -n "$3" ]; then
    check_event "$1" "$3"
  else
    [ "$extra_size" -eq 108 ] || wrong "$1" "something follows its record header"
  fi
}

# The header is of this log and offset, and leads to the checkpoint.
check_record() {
  read_proof "$work/rest" index "$1"
  # What is read above is of the file whose name was given.
  log=${name#kimberlite/}
  case $header in
    4b425201"${log%%/*}$(printf '%016x' "$number")"*) ;;
    *) wrong "$1" "its header is not of record $number of this log" ;;
  esac
  leaf=$({ printf '\000'; head -c 108 "$work/extra"; } | sha256sum)
  includes "${leaf%% *}" "$number" "$size" "$proof" "$root" ||
    wrong "$1" "its proof does not lead to the checkpoint"
}

# The event leads to the header: file, number.
check_event() {
  is_number "$2" || wrong "$1" "it has no name of a receipt"
  take "$extra" 216 10
  [ -n "$part" ] || wrong "$1" "it holds no event"
  [ $((0x${part%??})) -eq "$2" ] || wrong "$1" "it is of another event"
  count=$((0x${part#????????}))
  [ "$count" -le 22 ] || wrong "$1" "its proof is too long"
  take "$extra" 226 $((64 * count + 2))
  [ -n "$part" ] || wrong "$1" "its proof is cut short"
  way=${part%??}
  left=$((extra_size - 114 - 32 * count))
  case ${part#"$way"} in
    00)
      is_shown=no
      [ "$left" -eq 32 ] || wrong "$1" "its leaf is no hash"
      leaf=$(tail -c 32 "$work/extra" | hex)
      ;;
    01)
      is_shown=yes
      [ "$left" -gt 16 ] || wrong "$1" "its event is cut short"
      leaf=$({ printf '\000'; tail -c "$left" "$work/extra"; } | sha256sum)
      ;;
    *) wrong "$1" "its event has an unknown form" ;;
  esac
  take "$header" 152 64
  events=$part
  take "$header" 72 8
  includes "${leaf%% *}" "$2" $((0x$part)) "$way" "$events" ||
    wrong "$1" "its event is not what the record holds"
}

# --- Arguments and tools.

for tool in openssl sha256sum base64 od tr head tail cut cat wc date dirname mkdir mktemp rm; do
  command -v "$tool" > /dev/null || could_not 69 "there is no $tool"
done
case $(openssl version) in
  'OpenSSL '[3-9]*) ;;
  *) could_not 69 'openssl 3 or later is needed' ;;
esac
folder=$(dirname -- "$0")
usage='usage: sh verify.sh [--key KEY] [--tsa-ca FILE] [FOLDER]'
key=
authorities=
while [ $# -gt 0 ]; do
  case $1 in
    --key | --tsa-ca)
      [ $# -ge 2 ] || could_not 64 "$1 wants a value"
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
if [ -n "$authorities" ]; then
  [ -r "$authorities" ] || could_not 66 "the file of --tsa-ca cannot be read"
  case $authorities in /*) ;; *) authorities=$PWD/$authorities ;; esac
fi
keys=$key
if [ -f "$key" ]; then keys=$(head -c 65536 "$key"); fi
umask 077
work=$(mktemp -d) || could_not 73 "no folder for what is unpacked"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd -- "$folder" 2> /dev/null || could_not 66 "there is no such folder"
for file in vkey statement SHA256SUMS checkpoint; do
  [ -f "$file" ] && [ ! -L "$file" ] || wrong "$file" "it is missing"
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
sum=$({ printf '%s\n' "$name"; bytes "$public"; } | sha256sum)
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
bytes "302a300506032b6570032100${public#01}" > "$work/key.der"
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
      case ${file%.tlog-proof} in '' | *[!0-9-]* | *-*-* | -* | *-) return 1 ;; esac
      ;;
    anchors/*.checkpoint | anchors/*.consistency | anchors/*.tsq | anchors/*.tsr)
      file=${1#anchors/}
      case ${file%.*} in '' | *[!0-9.]* | *.*.* | .* | *.) return 1 ;; esac
      ;;
    *) return 1 ;;
  esac
}

for file in receipts anchors; do
  [ ! -L "$file" ] || wrong "$file" "it is a link"
done
listed=' '
files=0
while IFS= read -r line; do
  file=${line#*  }
  may_hold "$file" || wrong SHA256SUMS "line $((files + 1)) names no file of a pack"
  file=${line#*  }
  case $listed in *" $file "*) wrong SHA256SUMS "it names $file twice" ;; esac
  [ -f "$file" ] && [ ! -L "$file" ] || wrong "$file" "it is missing"
  sum_of "$file"
  [ "$line" = "$sum  $file" ] || wrong "$file" "it is not the file that was signed"
  listed="$listed$file "
  files=$((files + 1))
done < SHA256SUMS
for file in README.txt checkpoint moment.tlog-proof query.json query.sql receipts.ndjson rows.csv \
  rows.ndjson schema.sql verify.sh vkey; do
  case $listed in *" $file "*) ;; *) wrong SHA256SUMS "it does not name $file" ;; esac
done
set +f
for file in * .[!.]* ..?* receipts/* receipts/.[!.]* anchors/* anchors/.[!.]*; do
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
  about=${file#receipts/}
  about=${about%.tlog-proof}
  case $about in
    *-*) check_receipt "$file" "${about%-*}" "${about#*-}" ;;
    *)
      is_shown=yes
      check_receipt "$file" "$about" ''
      ;;
  esac
  receipts=$((receipts + 1))
  if [ "$is_shown" = no ]; then hidden=$((hidden + 1)); fi
done

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
      mkdir -p "$work/stamped"
      cat "$work/own" > "$work/stamped/$anchor"
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
  # A certificate has to have been valid at the time of the stamp, not today.
  stamped=$(openssl ts -reply -in "$file" -text 2> /dev/null < /dev/null |
    while IFS= read -r line; do
      case $line in 'Time stamp: '*) printf '%s\n' "${line#Time stamp: }" ;; esac
    done | head -n 1)
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
