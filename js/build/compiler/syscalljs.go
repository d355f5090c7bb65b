package compiler

const syscallJS = "compiler/natives/src/syscall/js/js.go"

// pageValues make syscall/js do less for each value and each call, of which a page makes hundreds until it is ready.
var pageValues = []edit{
	{
		name: "values without an array", file: syscallJS,
		anchor: "\n	_ [0]func() // uncomparable; to make == not compile\n",
	},
	{
		name: "types of values", file: syscallJS,
		anchor: "	if obj == nil {\n		return TypeNull\n	}\n	name := typeOf", until: "}\n\nfunc ValueOf",
		with: "	return Type(typeOf.Invoke(obj).Int())\n",
	},
	{
		name: "types of values, by number", file: "compiler/prelude/prelude.js",
		anchor: "var $typeOf = x => {\n", until: "var ",
		with: "/* As the constants of syscall/js. */\n" +
			"var $typeNumbers = { undefined: 0, boolean: 2, number: 3, string: 4, symbol: 5, object: 6, function: 7 };\n" +
			"var $typeOf = x => x === null ? 1 : $typeNumbers[typeof x] ?? 6;\n\n",
	},
	{
		name: "texts are the commonest arguments", file: syscallJS,
		anchor: "	case Func:\n		return x.Value\n	case nil:\n		return Null()\n",
		with: "	case string:\n		return objectToValue(id.Invoke(x))\n" +
			"	case Func:\n		return x.Value\n	case nil:\n		return Null()\n",
	},
	{
		name: "no text twice", file: syscallJS,
		anchor: "float32, float64, unsafe.Pointer, string, map[string]any",
		with:   "float32, float64, unsafe.Pointer, map[string]any",
	},
	{
		name: "arguments", file: syscallJS,
		anchor: "	newArgs := []any{}\n", until: "	return newArgs\n",
		with: "	newArgs := make([]any, len(args))\n	for i, arg := range args {\n		newArgs[i] = ValueOf(arg).internal()\n	}\n",
	},
	{
		// As by the Go toolchain: a property is looked at once.
		name: "calls, method", file: syscallJS,
		anchor: "	if propType := v.Get(m).Type(); propType != TypeFunction {", until: "	return objectToValue(v.internal().Call(m,",
		with: "	defer convertJSError(v, m)\n",
	},
	{
		name: "calls, failed", file: syscallJS,
		anchor: "func convertJSError() {\n	err := recover()\n	if err == nil {\n		return\n	}\n",
		with: "func convertJSError(v Value, m string) {\n	err := recover()\n	if err == nil {\n		return\n	}\n" +
			"	if propType := v.Get(m).Type(); propType != TypeFunction {\n" +
			"		panic(\"js: Value.Call: property \" + m + \" is not a function, got \" + propType.String())\n	}\n",
	},
}
