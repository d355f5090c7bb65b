// Package analysis is of GopherJS. This file of ours is added to it by js/build/compiler.
package analysis

import (
	"fmt"
	"go/types"

	"github.com/gopherjs/gopherjs/compiler/internal/typeparams"
)

// noBody remembers a function whose body comes from elsewhere: nobody knows whether that is a generator.
func (info *Info) noBody(o types.Object) {
	if info.bodyless == nil {
		info.bodyless = map[types.Object]bool{}
	}
	info.bodyless[o] = true
}

// elsewhere returns the information of the package of a function.
func (info *Info) elsewhere(o types.Object) *Info {
	if o.Pkg() == info.Pkg {
		return info
	}
	other, err := info.infoImporter(o.Pkg().Path())
	if err != nil {
		panic(fmt.Errorf("no information about the package of %v: %w", o, err))
	}
	return other
}

// markStatic notes that the last nodes of the paths are calls of a generator.
func (fi *FuncInfo) markStatic(info *Info, callee typeparams.Instance, paths []astPath) {
	if info.elsewhere(callee.Object).bodyless[callee.Object] {
		return
	}
	for _, path := range paths {
		fi.Static[path[len(path)-1]] = true
	}
}

// isRecover says whether an object is the predeclared function.
func isRecover(o types.Object) bool {
	builtin, ok := o.(*types.Builtin)
	return ok && builtin.Name() == "recover"
}

// Recovers says whether a function itself calls recover. Nobody knows that of a function without a body.
func (info *Info) Recovers(callee typeparams.Instance) bool {
	its := info.elsewhere(callee.Object)
	if its.bodyless[callee.Object] {
		return true
	}
	fi := its.FuncInfo(callee)
	return fi == nil || fi.Recovers
}
