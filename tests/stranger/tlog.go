// A reader of logs that shares no code with ours: golang.org/x/mod/sumdb, which checks every Go module.
// It takes one JSON document on stdin, and answers one on stdout; what it does not accept ends it with 1.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type asked struct {
	Folder string // the files of the log
	Vkey   string
	Old    []struct {
		Size  int64
		Root  []byte
		Proof []tlog.Hash // from Size to the size of the checkpoint
	}
	Inclusion []struct {
		Index int64
		Path  []tlog.Hash
	}
	Text string // to be signed by a new key of ours
}

type answer struct {
	Origin string
	Size   int64
	Leaves int64
	Vkey   string
	Note   string
}

type tiles struct{ folder string }

func (tiles) Height() int                               { return 8 }
func (tiles) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(t.path(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// C2SP leaves the height out, and says entries for what Go calls data.
func (t tiles) path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return filepath.Join(t.folder, strings.Replace(path, "tile/data/", "tile/entries/", 1))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	var in asked
	check(json.NewDecoder(os.Stdin).Decode(&in))
	files := tiles{in.Folder}

	verifier, err := note.NewVerifier(in.Vkey)
	check(err)
	data, err := os.ReadFile(filepath.Join(in.Folder, "checkpoint"))
	check(err)
	opened, err := note.Open(data, note.VerifierList(verifier))
	check(err)
	var tree tlog.Tree
	lines := strings.Split(opened.Text, "\n")
	_, err = fmt.Sscanf(lines[1], "%d", &tree.N)
	check(err)
	tree.Hash, err = tlog.ParseHash(lines[2])
	check(err)

	// The reader checks each tile against the root before it gives a hash.
	reader := tlog.TileHashReader(tree, files)
	var leaves int64
	for n := int64(0); n*256 < tree.N; n++ {
		width := min(256, tree.N-n*256)
		var indexes []int64
		for i := int64(0); i < width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+i))
		}
		hashes, err := reader.ReadHashes(indexes)
		check(err)
		bundle, err := os.ReadFile(files.path(tlog.Tile{H: 8, L: -1, N: n, W: int(width)}))
		check(err)
		for _, hash := range hashes {
			size := binary.BigEndian.Uint16(bundle)
			if tlog.RecordHash(bundle[2:2+size]) != hash {
				log.Fatalf("entry %d is not what its tile says", leaves)
			}
			bundle = bundle[2+size:]
			leaves++
		}
		if len(bundle) != 0 {
			log.Fatal("a bundle is too long")
		}
	}
	for _, each := range in.Inclusion {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, each.Index)})
		check(err)
		check(tlog.CheckRecord(each.Path, tree.N, tree.Hash, each.Index, hashes[0]))
		own, err := tlog.ProveRecord(tree.N, each.Index, reader)
		check(err)
		same(own, each.Path)
	}
	for _, each := range in.Old {
		check(tlog.CheckTree(each.Proof, tree.N, tree.Hash, each.Size, tlog.Hash(each.Root)))
		own, err := tlog.ProveTree(tree.N, each.Size, reader)
		check(err)
		same(own, each.Proof)
	}

	secret, vkey, err := note.GenerateKey(rand.Reader, "go.example/log")
	check(err)
	signer, err := note.NewSigner(secret)
	check(err)
	signed, err := note.Sign(&note.Note{Text: in.Text}, signer)
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(answer{lines[0], tree.N, leaves, vkey, string(signed)}))
}

func same(own, given []tlog.Hash) {
	if len(own) != len(given) {
		log.Fatal("a proof of another length")
	}
	for i := range own {
		if !bytes.Equal(own[i][:], given[i][:]) {
			log.Fatal("another proof")
		}
	}
}
