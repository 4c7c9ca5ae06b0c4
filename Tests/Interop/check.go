// SPDX-License-Identifier: Apache-2.0

// Holds what Kimberlite signs and proves against golang.org/x/mod/sumdb, which knows nothing of it.
//
//	check VKEY CHECKPOINT RECEIPT OLD PROOF
//
// VKEY is the file of verifier keys of a log, CHECKPOINT its checkpoint, RECEIPT a receipt, OLD an
// older checkpoint, PROOF the hashes of the consistency proof between the two, base64, one a line.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func hash(text string) (h tlog.Hash) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	check(err)
	if len(data) != tlog.HashSize {
		check(fmt.Errorf("%d bytes are no hash", len(data)))
	}
	copy(h[:], data)
	return
}

// checkpoint opens a signed checkpoint and answers its size and root.
func checkpoint(text []byte, keys note.Verifiers, origin string) (int64, tlog.Hash) {
	opened, err := note.Open(text, keys)
	check(err)
	if len(opened.Sigs) != 1 || opened.Sigs[0].Name != origin {
		check(fmt.Errorf("the checkpoint is not signed by %s", origin))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		check(fmt.Errorf("the checkpoint is not three lines of %s", origin))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return size, hash(lines[2])
}

func main() {
	verifier, err := note.NewVerifier(strings.Split(string(read(os.Args[1])), "\n")[0])
	check(err)
	keys, origin := note.VerifierList(verifier), verifier.Name()
	size, root := checkpoint(read(os.Args[2]), keys, origin)

	// The receipt: header lines, hashes, an empty line, the checkpoint that it leads to.
	parts := strings.SplitN(string(read(os.Args[3])), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		check(fmt.Errorf("the receipt begins with %q", lines[0]))
	}
	extra, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err)
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		path = append(path, hash(line))
	}
	size2, root2 := checkpoint([]byte(parts[1]), keys, origin)
	check(tlog.CheckRecord(path, size2, root2, index, tlog.RecordHash(extra[:108])))

	// The log only grew.
	oldSize, oldRoot := checkpoint(read(os.Args[4]), keys, origin)
	var growth tlog.TreeProof
	for _, line := range strings.Fields(string(read(os.Args[5]))) {
		growth = append(growth, hash(line))
	}
	check(tlog.CheckTree(growth, size, root, oldSize, oldRoot))
	fmt.Println("OK", size, index, oldSize)
}
