/* The kinds of types, as in package reflect. */
var $kindBool = 1;
var $kindInt = 2;
var $kindInt8 = 3;
var $kindInt16 = 4;
var $kindInt32 = 5;
var $kindInt64 = 6;
var $kindUint = 7;
var $kindUint8 = 8;
var $kindUint16 = 9;
var $kindUint32 = 10;
var $kindUint64 = 11;
var $kindUintptr = 12;
var $kindFloat32 = 13;
var $kindFloat64 = 14;
var $kindComplex64 = 15;
var $kindComplex128 = 16;
var $kindArray = 17;
var $kindChan = 18;
var $kindFunc = 19;
var $kindInterface = 20;
var $kindMap = 21;
var $kindPtr = 22;
var $kindSlice = 23;
var $kindString = 24;
var $kindStruct = 25;
var $kindUnsafePointer = 26;

/* What is found out about an object when it is first asked for stays. */
var $keep = (object, name, value) => {
    Object.defineProperty(object, name, { value, writable: true, configurable: true });
    return value;
};

/* Structs and arrays are copied field by field, unless they are never changed. */
var $isCopied = typ => (typ.kind === $kindArray || typ.kind === $kindStruct) && !typ.immutable;

var $identity = x => x;
var $escape = key => String(key).replace(/\\/g, "\\\\").replace(/\$/g, "\\$");
var $idKey = x => {
    if (x.$id === undefined) {
        $idCounter++;
        x.$id = $idCounter;
    }
    return String(x.$id);
};
var $ifaceKeyFor = x => {
    if (x === $ifaceNil) {
        return "nil";
    }
    var c = x.constructor;
    return c.string + "$" + c.keyFor(x.$val);
};
var $pairKey = x => x.$high + "$" + x.$low;
var $complexKey = x => x.$real + "$" + x.$imag;

/* A type is the constructor of the values that interfaces hold, and inherits from its kind: what all types of a kind have
   is made once, and what few types are asked for is made when they are. box makes the constructor. */
var $anyKind = {
    __proto__: Function.prototype,
    comparable: true,
    methodSetCache: null,
    box: () => function (v) { this.$val = v; },
    keyFor() { $throwRuntimeError("hash of unhashable type " + this.string); },
    get methods() { return $keep(this, "methods", $methodsOf(this, this.$m)); },
    set methods(list) { $keep(this, "methods", list); },
};
var $number = { __proto__: $anyKind, wrapped: true, keyFor: $identity, zero: () => 0 };
var $float = { __proto__: $number, keyFor: x => $floatKey(x) };
var $pair = {
    __proto__: $anyKind,
    zero() { return this.$zero || (this.$zero = new this(0, 0)); },
};

var $kinds = [];
$kinds[$kindBool] = { __proto__: $number, zero: () => false };
for (var $k = $kindInt; $k <= $kindUintptr; $k++) {
    $kinds[$k] = $number;
}
$kinds[$kindUnsafePointer] = $number;
$kinds[$kindFloat32] = $kinds[$kindFloat64] = $float;
$kinds[$kindString] = { __proto__: $number, keyFor: x => "$" + x, zero: () => "" };
$kinds[$kindInt64] = {
    __proto__: $pair,
    keyFor: $pairKey,
    box: () => function (high, low) {
        this.$high = (high + Math.floor(Math.ceil(low) / 4294967296)) >> 0;
        this.$low = low >>> 0;
        this.$val = this;
    },
};
$kinds[$kindUint64] = {
    __proto__: $pair,
    keyFor: $pairKey,
    box: () => function (high, low) {
        this.$high = (high + Math.floor(Math.ceil(low) / 4294967296)) >>> 0;
        this.$low = low >>> 0;
        this.$val = this;
    },
};
$kinds[$kindComplex64] = {
    __proto__: $pair,
    keyFor: $complexKey,
    box: () => function (real, imag) {
        this.$real = $fround(real);
        this.$imag = $fround(imag);
        this.$val = this;
    },
};
$kinds[$kindComplex128] = {
    __proto__: $pair,
    keyFor: $complexKey,
    box: () => function (real, imag) {
        this.$real = real;
        this.$imag = imag;
        this.$val = this;
    },
};
$kinds[$kindArray] = {
    __proto__: $anyKind,
    wrapped: true,
    get comparable() { return this.elem.comparable; },
    get keyFor() {
        return $keep(this, "keyFor", x => Array.prototype.join.call($mapArray(x, e => $escape(this.elem.keyFor(e))), "$"));
    },
    copy(dst, src) {
        if (src.length === undefined) { /* a slice */
            if (src.$length < dst.length) {
                $throwRuntimeError("cannot convert slice with length " + src.$length + " to array or pointer to array with length " + dst.length);
            }
            $copyArray(dst, src.$array, 0, src.$offset, dst.length, this.elem);
        } else {
            $copyArray(dst, src, 0, 0, src.length, this.elem);
        }
    },
    zero() {
        var arrayClass = $nativeArray(this.elem.kind);
        if (arrayClass !== Array) {
            return new arrayClass(this.len);
        }
        var array = new Array(this.len);
        for (var i = 0; i < this.len; i++) {
            array[i] = this.elem.zero();
        }
        return array;
    },
    finish() {
        var typ = this;
        this.ptr = $newType(4, $kindPtr, "*" + this.string, false, "", false, function (array) {
            this.$get = () => array;
            this.$set = function (v) { typ.copy(this, v); };
            this.$val = array;
        });
    },
    init(elem, len) {
        this.elem = elem;
        this.len = len;
        this.ptr.init(this);
        Object.defineProperty(this.ptr.nil, "nilCheck", { get: $throwNilPointerError });
    },
};
$kinds[$kindChan] = {
    __proto__: $anyKind,
    wrapped: true,
    keyFor: $idKey,
    zero: () => $chanNil,
    init(elem, sendOnly, recvOnly) {
        this.elem = elem;
        this.sendOnly = sendOnly;
        this.recvOnly = recvOnly;
    },
};
$kinds[$kindFunc] = {
    __proto__: $anyKind,
    wrapped: true,
    comparable: false,
    zero: () => $throwNilPointerError,
    init(params, results, variadic) {
        this.params = params;
        this.results = results;
        this.variadic = variadic;
    },
};
$kinds[$kindInterface] = {
    __proto__: $anyKind,
    keyFor: $ifaceKeyFor,
    box: () => ({ implementedBy: {}, missingMethodFor: {} }),
    zero: () => $ifaceNil,
    init(requests) {
        this.methods = $requests(requests);
        this.methods.forEach(m => {
            $ifaceNil[m.prop] = $throwNilPointerError;
        });
    },
};
$kinds[$kindMap] = {
    __proto__: $anyKind,
    wrapped: true,
    comparable: false,
    zero: () => false,
    init(key, elem) {
        this.key = key;
        this.elem = elem;
    },
};
$kinds[$kindPtr] = {
    __proto__: $anyKind,
    keyFor: $idKey,
    box: constructor => constructor || function (getter, setter, target, index) {
        this.$get = getter;
        this.$set = setter;
        this.$target = target;
        if (index !== undefined) this.$index = index;
        this.$val = this;
    },
    get methods() { return $keep(this, "methods", $methodsOf(this.elem, this.elem.$p)); },
    zero() { return this.nil; },
    init(elem) {
        this.elem = elem;
        this.wrapped = elem.kind === $kindArray;
        this.nil = new this($throwNilPointerError, $throwNilPointerError);
        if (elem.$p !== undefined) {
            Object.setPrototypeOf(this.prototype, elem.$p);
            $addMethodSynthesizer(() => $forward(this, elem));
        }
    },
};
$kinds[$kindSlice] = {
    __proto__: $anyKind,
    comparable: false,
    box: () => {
        var typ = function (array) {
            if (array.constructor !== typ.nativeArray) {
                array = new typ.nativeArray(array);
            }
            this.$array = array;
            this.$offset = 0;
            this.$length = array.length;
            this.$capacity = array.length;
            this.$val = this;
        };
        return typ;
    },
    zero() { return this.nil; },
    init(elem) {
        this.elem = elem;
        this.nativeArray = $nativeArray(elem.kind);
        this.nil = Object.freeze(new this([]));
    },
};
$kinds[$kindStruct] = {
    __proto__: $anyKind,
    wrapped: true,
    get fields() { return $keep(this, "fields", $fieldsOf(this)); },
    get comparable() { return $keep(this, "comparable", this.fields.every(f => f.typ.comparable)); },
    get keyFor() {
        return $keep(this, "keyFor", x => {
            var val = x.$val;
            return $mapArray(this.fields, f => $escape(f.typ.keyFor(val[f.prop]))).join("$");
        });
    },
    copy(dst, src) {
        for (const f of this.fields) {
            if ($isCopied(f.typ)) {
                f.typ.copy(dst[f.prop], src[f.prop]);
            } else {
                dst[f.prop] = src[f.prop];
            }
        }
    },
    zero() { return $zeroStruct(this); },
    finish(constructor) {
        this.ptr = $newType(4, $kindPtr, "*" + this.string, false, this.pkg, this.exported, constructor);
        this.ptr.elem = this;
        this.$p = this.ptr.prototype;
        this.$m = Object.create($structPointer);
        Object.setPrototypeOf(this.$p, this.$m);
    },
    init(pkgPath, fields) {
        this.pkgPath = pkgPath;
        $keep(this, "fields", fields);
        $linkStruct(this, fields.some(f => f.embedded));
    },
};

var $typeIDCounter = 0;
var $newType = (size, kind, string, named, pkg, exported, constructor) => {
    var typ = $kinds[kind].box(constructor);
    Object.setPrototypeOf(typ, $kinds[kind]);
    typ.id = $typeIDCounter++;
    typ.size = size;
    typ.kind = kind;
    typ.string = string;
    typ.named = named;
    typ.pkg = pkg;
    typ.exported = exported;
    if (typ.finish !== undefined) {
        typ.finish(constructor);
    }
    return typ;
};
