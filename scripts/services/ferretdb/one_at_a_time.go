package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
)

// FerretDB looks for a document and changes it in two steps, where MongoDB takes one. So that nothing comes between,
// commands are passed on one at a time.

const (
	maxMessage = 64 << 20
	opMsg      = 2013
)

func serve(listener net.Listener, socket string) {
	var turn sync.Mutex
	for {
		client, err := listener.Accept()
		if err != nil {
			slog.Error(err.Error())
			return
		}
		go pass(client, socket, &turn)
	}
}

func pass(client net.Conn, socket string, turn *sync.Mutex) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		slog.Error(err.Error())
		return
	}
	defer server.Close()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		if wantsNoReply(request) {
			continue
		}
		isFree := isHello(request)
		if !isFree {
			turn.Lock()
		}
		reply, err := exchange(server, request)
		if !isFree {
			turn.Unlock()
		}
		if err != nil {
			return
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

func exchange(server net.Conn, request []byte) ([]byte, error) {
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	return readMessage(server)
}

// Only the end of a session is told so, which means nothing to FerretDB.
func wantsNoReply(request []byte) bool {
	const moreToCome = 2
	return len(request) > 20 && binary.LittleEndian.Uint32(request[12:]) == opMsg && request[16]&moreToCome != 0
}

// Drivers ask whether the server is alive while others wait for it. The command is the first name of the document, which
// follows the flags and the kind of the section.
func isHello(request []byte) bool {
	const nameAt = 16 + 4 + 1 + 4 + 1
	if binary.LittleEndian.Uint32(request[12:]) != opMsg {
		return true
	}
	rest := request[min(nameAt, len(request)):]
	return bytes.HasPrefix(rest, []byte("hello\x00")) || bytes.HasPrefix(bytes.ToLower(rest), []byte("ismaster\x00"))
}

// A message begins with its length.
func readMessage(from net.Conn) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head)
	if length < 16 || length > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	message := make([]byte, length)
	copy(message, head)
	_, err := io.ReadFull(from, message[4:])
	return message, err
}
