/* The path of the package that is being declared. The body of a package is a generator of three parts: it declares its
   types; when all packages have, its functions; and then its variables, which may block. V8 reads a body once, as it would
   not if there were three functions. Packages come after those that they import. */
var $path;
var $bodies = [];
var $package = (path, body) => {
    $packages[$path = path] = {};
    body.next();
    $bodies.push([path, body]);
};
var $finishPackages = () => $bodies.forEach(([_, body]) => body.next());
var $initRuntime = () => {
    for (const [path, body] of $bodies) {
        body.next();
        if (path === "runtime") {
            return;
        }
    }
};
var $initPackages = function* () {
    for (const [_, body] of $bodies) {
        yield* body;
    }
};

/* What an interface asks for: "name" or ["name", type, path of the package if it is not exported]. Types are given for
   the names only that methods of different types have. */
var $requests = requests => requests.map(r => {
    if (r.prop !== undefined) {
        return r;
    }
    var [name, typ, pkg] = Array.isArray(r) ? r : [r];
    return { prop: name, name, pkg: pkg || "", typ: typ || undefined };
});

var $isExported = name => name[0] !== name[0].toLowerCase();
var $nameOf = prop => prop.replace(/\$.*/, ""); /* words that JavaScript reserves have a suffix */

/* Named types. Methods for their values are in $m, methods for pointers to them in $p, types of methods in $t. */
var $named = (size, kind, string, constructor) => {
    var typ = $newType(size, kind, string, true, $path, false, constructor);
    if (kind !== $kindStruct && kind !== $kindInterface) {
        typ.$m = typ.prototype;
        typ.$p = {};
    }
    return typ;
};

/* The fields of a struct, whose constructor knows their names: type or [type, whether embedded, tag]. */
var $fields = (typ, types) => {
    typ.$types = types;
    $linkStruct(typ, types.some(t => t[1] === true));
};
var $fieldType = t => Array.isArray(t) ? t[0] : t;
var $fieldsOf = typ => typ.$types.map((t, i) => {
    var prop = typ.$props[i], name = $nameOf(prop), [_, embedded, tag] = Array.isArray(t) ? t : [t];
    return { prop, name, embedded: !!embedded, exported: $isExported(name), typ: typ.$fieldTypes[i], tag: tag || "" };
});

/* Makes a struct of a type of the values of its fields. Structs and arrays in them are made anew by deep. */
var $makeStruct = (typ, values, deep) => {
    for (const i of typ.$deep) {
        values[i] = deep(values[i], typ.$fieldTypes[i]);
    }
    return new typ.ptr(...values);
};
var $zeroOf = (_, typ) => typ.zero();
var $cloneStruct = (src, typ) => {
    var props = typ.$props, values = new Array(props.length);
    for (var i = 0; i < props.length; i++) {
        values[i] = src[props[i]];
    }
    return $makeStruct(typ, values, $clone);
};

var $linkStruct = (typ, embeds) => {
    if (embeds) {
        typ.$promotes = typ.ptr.$promotes = true;
        $addMethodSynthesizer(() => $promote(typ));
    }
};
/* Gives a struct the methods of its embedded fields: the shallowest of a name, and none if there are two. */
var $promote = typ => {
    if (Object.getPrototypeOf(typ.$m) !== $structPointer) {
        return; /* because a struct that embeds this one has come first */
    }
    var promoted = Object.create($structPointer), found = new Map();
    Object.setPrototypeOf(typ.$m, promoted);
    var offer = (f, name, depth, byValue) => {
        var best = found.get(name);
        if (best === undefined || depth < best.depth) {
            found.set(name, { f, name, depth, byValue });
        } else if (depth === best.depth && f !== best.f) {
            best.f = undefined;
        }
    };
    typ.fields.filter(f => f.embedded).forEach(f => {
        if (f.typ.kind === $kindInterface) {
            f.typ.methods.forEach(m => offer(f, m.prop, 1, true));
            return;
        }
        var base = f.typ.kind === $kindPtr ? f.typ.elem : f.typ;
        if (base.$promotes) {
            $promote(base);
        }
        var pointer = $ptrType(base).prototype;
        for (const name in pointer) {
            if (name[0] !== "$") {
                offer(f, name, (pointer[name].$depth || 0) + 1, f.typ !== base || name in base.prototype);
            }
        }
    });
    found.forEach(({ f, name, depth, byValue }) => {
        if (f === undefined) {
            return;
        }
        var method = promoted[name] = function (...args) {
            var v = this.$val[f.prop];
            if (f.typ === $jsObjectPtr) {
                v = new $jsObjectPtr(v);
            }
            if (v.$val === undefined) {
                v = new f.typ(v);
            }
            return v[name](...args);
        };
        method.$depth = depth;
        if (byValue && !(name in typ.prototype)) {
            typ.prototype[name] = method;
        }
    });
};

/* Methods that are found out about when all packages have declared theirs, or later at once. */
var $methodSynthesizers = [], $valueTypes = [];
var $addMethodSynthesizer = f => {
    if ($methodSynthesizers === null) {
        f();
        return;
    }
    $methodSynthesizers.push(f);
};
var $synthesizeMethods = () => {
    $valueTypes.forEach(typ => Object.keys(typ.$m).forEach(name => {
        typ.prototype[name] = function (...args) { return this.$val[name](...args); };
    }));
    var all = $methodSynthesizers;
    $methodSynthesizers = null;
    all.forEach(f => f());
};
/* Gives pointers to a type that is no struct the methods of its values. */
var $forward = (ptr, typ) => Object.keys(typ.$m).forEach(name => {
    ptr.prototype[name] = function (...args) {
        var v = this.$get();
        return (typ.wrapped ? new typ(v) : v)[name](...args);
    };
});
var $methodsOf = (typ, methods) => methods === undefined || !typ.named ? [] : Object.keys(methods).map(prop => {
    var name = $nameOf(prop);
    return { prop, name, pkg: $isExported(name) ? "" : typ.pkg, typ: typ.$t[prop] };
});

/* The first method that an interface asks for and a type has not; "" if it has all. */
var $missingMethod = (typ, methods) => {
    for (const m of methods) {
        if (m.pkg === "" && m.typ === undefined && !typ.$promotes) {
            if (m.prop in typ.prototype) {
                continue;
            }
            return m.name;
        }
        if (!$methodSet(typ).some(own => own.name === m.name && own.pkg === m.pkg && own.typ === m.typ)) {
            return m.name;
        }
    }
    return "";
};
