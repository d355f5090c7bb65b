package shake

import "go/ast"

// A graph is what uses what.
type graph struct {
	declared  map[string][]*declaration // by package and name
	methods   map[string][]*declaration // by name
	methodsOf map[string][]*declaration // by package and type
	types     map[string]bool           // by package and name: types that are used
	selected  map[string]bool           // names that something used selects
	todo      []*declaration
}

func key(parts ...string) string {
	k := ""
	for _, p := range parts {
		k += p + "\x00"
	}
	return k
}

func (g *graph) add(d *declaration) {
	if d.receiver == "" {
		k := key(d.file.path, d.name)
		g.declared[k] = append(g.declared[k], d)
		return
	}
	k := key(d.file.path, d.receiver)
	g.methods[d.name], g.methodsOf[k] = append(g.methods[d.name], d), append(g.methodsOf[k], d)
}

// use notes that a declaration is used.
func (g *graph) use(d *declaration) {
	if !d.used {
		d.used = true
		g.todo = append(g.todo, d)
	}
}

// useName notes that a package's name is used, and if it is a type's, those of its methods that are selected.
func (g *graph) useName(path, name string) {
	k := key(path, name)
	for _, d := range g.declared[k] {
		g.use(d)
	}
	if g.types[k] {
		return
	}
	g.types[k] = true
	for _, m := range g.methodsOf[k] {
		if g.selected[m.name] {
			g.use(m)
		}
	}
}

// mark goes on until nothing new is used.
func (g *graph) mark() {
	for len(g.todo) > 0 {
		d := g.todo[len(g.todo)-1]
		g.todo = g.todo[:len(g.todo)-1]
		g.walk(d)
	}
}

// selects notes that something used selects a name, so that every method of that name is used.
func (g *graph) selects(name string) {
	if g.selected[name] {
		return
	}
	g.selected[name] = true
	for _, m := range g.methods[name] {
		if g.types[key(m.file.path, m.receiver)] {
			g.use(m)
		}
	}
}

// walk notes what a declaration mentions.
func (g *graph) walk(d *declaration) {
	if d.receiver == "" {
		g.useName(d.file.path, d.name) // its methods, if it is a type
	}
	g.inspect(d.file, d.node)
}

func (g *graph) inspect(f *file, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			g.selector(f, n)
			return false
		case *ast.InterfaceType:
			for _, m := range n.Methods.List {
				for _, name := range m.Names {
					g.selects(name.Name)
				}
			}
		case *ast.Field:
			g.inspect(f, n.Type) // not the names
			return false
		case *ast.Ident:
			g.useName(f.path, n.Name)
		}
		return true
	})
}

// selector notes what x.Name means: a name of a package, or any method of that name.
func (g *graph) selector(f *file, s *ast.SelectorExpr) {
	if x, ok := s.X.(*ast.Ident); ok {
		if path := f.imports[x.Name]; path != "" {
			g.useName(path, s.Sel.Name)
			return
		}
	}
	g.selects(s.Sel.Name)
	g.inspect(f, s.X)
}
