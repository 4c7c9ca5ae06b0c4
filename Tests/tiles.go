// SPDX-License-Identifier: Apache-2.0

// Reads a published tree (C2SP tlog-tiles) with Go's own code for such trees, and checks all of it:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tiles.go DIR VKEY
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tiles reads tiles from files; Go writes the height of a tile into its path, C2SP does not.
type tiles struct{ folder string }

func (t tiles) Height() int                         { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// entries reads the bundle that an entry is in.
func entries(folder string, index, size int64) ([][]byte, error) {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if rest := size - tile.N*256; rest < 256 {
		tile.W = int(rest)
	}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for len(data) > 0 {
		count := 2 + int(binary.BigEndian.Uint16(data))
		all = append(all, data[2:count])
		data = data[count:]
	}
	if len(all) != tile.W {
		return nil, fmt.Errorf("%s: %d entries", path, len(all))
	}
	return all, nil
}

func check(folder, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	var root tlog.Hash
	data, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || copy(root[:], data) != len(root) {
		return fmt.Errorf("no root: %v", err)
	}
	tree := tlog.Tree{N: size, Hash: root}
	// It holds each tile against the root on the way.
	reader := tlog.TileHashReader(tree, tiles{folder})
	var bundle [][]byte
	for index := int64(0); index < size; index++ {
		if index%256 == 0 {
			if bundle, err = entries(folder, index, size); err != nil {
				return err
			}
		}
		entry := bundle[index%256]
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		leaf := tlog.RecordHash(entry)
		if hashes[0] != leaf {
			return fmt.Errorf("entry %d is not its leaf", index)
		}
		if !bytes.HasPrefix(entry, []byte("KBR\x01")) || len(entry) != 108 {
			return fmt.Errorf("entry %d is no record header", index)
		}
		if index%97 != 0 {
			continue
		}
		proof, err := tlog.ProveRecord(size, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, size, root, index, leaf); err != nil {
			return err
		}
		old, err := tlog.TreeHash(index+1, reader)
		if err != nil {
			return err
		}
		growth, err := tlog.ProveTree(size, index+1, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(growth, size, root, index+1, old); err != nil {
			return err
		}
	}
	fmt.Printf("%d records, root %x\n", size, root[:])
	return nil
}

func main() {
	if err := check(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
