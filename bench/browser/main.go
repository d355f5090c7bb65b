// Command browser measures Latchkey's engines for web pages beside the real @azure/msal-browser, in Chromium, in the
// same page and against the same authority:
//
//	go run ./bench/browser             the table
//	go run ./bench/browser --quick     the same with fewer rounds
//	go run ./bench/browser --json      the rows
//	go run ./bench/browser --only popup
//	go run ./bench/browser --startup   list what always runs until a page is ready, for js/build
//
// What the rows mean is in README.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strings"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

func main() {
	log.SetFlags(0)
	asJSON := flag.Bool("json", false, "print the rows as JSON")
	less := flag.Bool("quick", false, "fewer rounds")
	only := flag.String("only", "", "measure these groups, with commas between them, of "+strings.Join(groupNames(), ","))
	startup := flag.Bool("startup", false, "list the functions that always run until a page is ready, in js/build/dist/startup.txt")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := thorough
	if *less {
		s = quick
	}
	if *startup {
		if err := relist(ctx); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(ctx, s, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }), *asJSON); err != nil {
		log.Fatal(err)
	}
}

func groupNames() []string {
	var list []string
	for _, g := range groups() {
		list = append(list, g.name)
	}
	return list
}

func relist(ctx context.Context) error {
	root, err := dist.Root()
	if err != nil {
		return err
	}
	return listStartup(ctx, root, os.Stderr)
}

func run(ctx context.Context, s size, only []string, asJSON bool) error {
	root, err := dist.Root()
	if err != nil {
		return err
	}
	rows, browser, err := measure(ctx, root, s, only, os.Stderr)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(os.Stdout, rows)
	}
	fmt.Printf("%s, %s/%s, %d cores\n\n", browser, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	return printTable(os.Stdout, rows)
}
