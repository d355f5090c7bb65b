// Command build makes the npm package in js: the two engines, the facade around them, and the redirect page.
//
//	go run ./js/build [--json]
//	go run ./js/build --compiler
//
// The files are in js/dist. What is up to date is not made again. The size of each file is printed, and the command
// fails if what a page downloads is above its budget. With --compiler it makes nothing but the compiler of the JavaScript
// engine, and prints its path.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"text/tabwriter"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

func main() {
	log.SetFlags(0)
	asJSON := flag.Bool("json", false, "print the files' names and sizes as JSON")
	compiler := flag.Bool("compiler", false, "make the compiler of the JavaScript engine only, and print its path")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	do := func() error { return run(ctx, *asJSON) }
	if *compiler {
		do = func() error { return showCompiler(ctx) }
	}
	if err := do(); err != nil {
		log.Fatal(err)
	}
}

func showCompiler(ctx context.Context) error {
	root, err := dist.Root()
	if err != nil {
		return err
	}
	program, err := dist.Compiler(ctx, dist.Options{Root: root})
	if err != nil {
		return err
	}
	_, err = fmt.Println(program)
	return err
}

func run(ctx context.Context, asJSON bool) error {
	root, err := dist.Root()
	if err != nil {
		return err
	}
	if err := dist.Build(ctx, dist.Options{Root: root, Log: os.Stderr}); err != nil {
		return err
	}
	files, err := dist.Measure(root)
	if err != nil {
		return err
	}
	if err := show(files, asJSON); err != nil {
		return err
	}
	return dist.CheckBudgets(files)
}

func show(files []dist.File, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "\t")
		return encoder.Encode(files)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "bytes\tbrotli\t\t")
	for _, f := range files {
		fmt.Fprintf(table, "%d\t%d\t\t%s\n", f.Bytes, f.Brotli, f.Name)
	}
	return table.Flush()
}
