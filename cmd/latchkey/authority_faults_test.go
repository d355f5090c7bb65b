package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// askControl asks the control endpoint of the authority that this command runs beside.
func askControl(method, place, body string) {
	r, err := http.NewRequest(method, os.Getenv("LATCHKEY_CONTROL")+"/"+place, strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+os.Getenv("LATCHKEY_CONTROL_TOKEN"))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(answer), err)
}
