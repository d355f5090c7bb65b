/* A function that may block is a generator. A goroutine runs one, and each yield of it ends in the goroutine's sleep. */
var $Generator = function () { };
$Generator.prototype = Object.getPrototypeOf(function* () { }).prototype;

/* What a call returned that may have returned a generator or a result, as something that yield* takes. */
var $readyResult = { done: true, value: undefined };
var $ready = { next: () => $readyResult, [Symbol.iterator]: () => $ready };
var $wait = r => {
    if (r instanceof $Generator) {
        return r;
    }
    $readyResult.value = r;
    return $ready;
};

/* Calls a function for JavaScript, which cannot wait for it. */
var $sync = f => {
    var r = f();
    if (!(r instanceof $Generator)) {
        return r;
    }
    var goroutine = $curGoroutine;
    goroutine.sync++;
    try {
        return r.next().value;
    } finally {
        goroutine.sync--;
    }
};

/* Panics are thrown. A frame of deferred calls is an array of [function, arguments, whether it may recover]; its
   property panic is what its function panics with. */
var $panicnil = "0";
var $panicText = value => {
    if (value === $ifaceNil) {
        return "nil";
    }
    if (value.constructor === $String) {
        return value.$val;
    }
    if (value.Error !== undefined) {
        return value.Error();
    }
    return value.String !== undefined ? value.String() : value;
};
var $panic = value => {
    if (value === $ifaceNil && $panicnil !== "1") {
        value = $newPanicNilError();
    }
    if (value.Object instanceof Error) {
        throw value.Object;
    }
    var err = new Error($panicText(value));
    err.$panic = value;
    throw err;
};
var $throw = err => { throw err; };
var $caught = (frame, err) => {
    frame.panic = {
        err,
        value: err instanceof Error && err.$panic || new $jsErrorPtr(err),
        recovered: false,
        exit: err === null && $curGoroutine.exit, /* by runtime.Goexit, which throws null */
    };
};
var $runDeferred = frame => {
    var [f, args, mayRecover] = frame.pop();
    $curGoroutine.panic = mayRecover && frame.panic;
    return f(...args);
};
var $endDeferred = frame => {
    $curGoroutine.panic = undefined;
    if (frame.panic !== undefined && !frame.panic.recovered) {
        throw frame.panic.err;
    }
};
var $callDeferred = frame => {
    while (frame.length !== 0) {
        try {
            $runDeferred(frame);
        } catch (err) {
            $caught(frame, err);
        }
    }
    $endDeferred(frame);
};
var $callDeferredBlocking = function* (frame) {
    while (frame.length !== 0) {
        try {
            yield* $wait($runDeferred(frame));
        } catch (err) {
            $caught(frame, err);
        }
    }
    $endDeferred(frame);
};
/* What a function that calls recover was called to recover from, if it is a deferred one. */
var $entered = () => {
    var panic = $curGoroutine.panic;
    $curGoroutine.panic = undefined;
    return panic;
};
var $recover = panic => {
    if (!panic || panic.recovered || panic.exit) {
        return $ifaceNil;
    }
    panic.recovered = true;
    return panic.value;
};

var $noGoroutine = { asleep: false, exit: false, sync: 1, panic: undefined };
var $curGoroutine = $noGoroutine, $totalGoroutines = 0, $awakeGoroutines = 0, $checkForDeadlock = true, $exportedFunctions = 0;
var $mainFinished = false;
var $go = (fun, args) => {
    var run;
    var goroutine = () => {
        $curGoroutine = goroutine;
        try {
            run = run || $wait(fun(...args));
            if (run.next().done) {
                goroutine.exit = true;
            }
        } catch (err) {
            if (!goroutine.exit) { /* set by runtime.Goexit() */
                throw err;
            }
        } finally {
            $curGoroutine = $noGoroutine;
            if (goroutine.exit) {
                $totalGoroutines--;
                goroutine.asleep = true;
            }
            if (goroutine.asleep) {
                $awakeGoroutines--;
                if (!$mainFinished && $awakeGoroutines === 0 && $checkForDeadlock && $exportedFunctions === 0) {
                    console.error("fatal error: all goroutines are asleep - deadlock!");
                    if ($global.process !== undefined) {
                        $global.process.exit(2);
                    }
                }
            }
        }
    };
    goroutine.asleep = goroutine.exit = false;
    goroutine.sync = 0;
    goroutine.panic = undefined;
    $totalGoroutines++;
    $awakeGoroutines++;
    $schedule(goroutine);
};

var $scheduled = [];
var $runScheduled = () => {
    /* Set before it is needed, because browsers delay nested timers. */
    var next = setTimeout($runScheduled);
    try {
        var elapsed, start = Date.now();
        while ($scheduled.length !== 0) {
            $scheduled.shift()();
            elapsed = Date.now() - start;
            if (elapsed > 40 || elapsed < 0) {
                break; /* the page has its turn */
            }
        }
    } finally {
        if ($scheduled.length === 0) {
            clearTimeout(next);
        }
    }
};
var $schedule = goroutine => {
    if (goroutine.asleep) {
        goroutine.asleep = false;
        $awakeGoroutines++;
    }
    $scheduled.push(goroutine);
    if ($curGoroutine === $noGoroutine) {
        $runScheduled();
    }
};
var $setTimeout = (f, t) => {
    $awakeGoroutines++;
    return setTimeout(() => {
        $awakeGoroutines--;
        $sync(f);
    }, t);
};

/* Sleeps until the function that it hands out is called, and returns that one's argument. */
var $sleep = function* (handOut) {
    var goroutine = $curGoroutine, result;
    if (goroutine.sync !== 0) {
        $throwRuntimeError("cannot block in JavaScript callback, fix by wrapping code in goroutine");
    }
    goroutine.asleep = true;
    handOut(v => {
        result = v;
        $schedule(goroutine);
    });
    yield;
    return result;
};

var $send = (chan, value) => {
    if (chan.$closed) {
        $throwRuntimeError("send on closed channel");
    }
    var receiver = chan.$recvQueue.shift();
    if (receiver !== undefined) {
        receiver([value, true]);
    } else if (chan.$buffer.length < chan.$capacity) {
        chan.$buffer.push(value);
    } else {
        return $sendLater(chan, value);
    }
};
var $sendLater = function* (chan, value) {
    var closed = yield* $sleep(wake => chan.$sendQueue.push(closed => {
        wake(closed);
        return value;
    }));
    if (closed) {
        $throwRuntimeError("send on closed channel");
    }
};
var $recv = chan => {
    var sender = chan.$sendQueue.shift();
    if (sender !== undefined) {
        chan.$buffer.push(sender(false));
    }
    if (chan.$buffer.length !== 0) {
        return [chan.$buffer.shift(), true];
    }
    if (chan.$closed) {
        return [chan.$elem.zero(), false];
    }
    return $sleep(wake => chan.$recvQueue.push(wake));
};
var $close = chan => {
    if (chan.$closed) {
        $throwRuntimeError("close of closed channel");
    }
    chan.$closed = true;
    var other;
    while ((other = chan.$sendQueue.shift()) !== undefined) {
        other(true); /* will panic */
    }
    while ((other = chan.$recvQueue.shift()) !== undefined) {
        other([chan.$elem.zero(), false]);
    }
};

/* Each case of a select is [] (default), [channel] or [channel, value]. The result is [index, what was received]. */
var $select = cases => {
    var ready = [], selection = -1;
    cases.forEach(([chan, ...value], i) => {
        if (chan === undefined) {
            selection = i;
        } else if (value.length === 0) {
            if (chan.$sendQueue.length !== 0 || chan.$buffer.length !== 0 || chan.$closed) {
                ready.push(i);
            }
        } else {
            if (chan.$closed) {
                $throwRuntimeError("send on closed channel");
            }
            if (chan.$recvQueue.length !== 0 || chan.$buffer.length < chan.$capacity) {
                ready.push(i);
            }
        }
    });
    if (ready.length !== 0) {
        selection = ready[Math.floor(Math.random() * ready.length)];
    }
    if (selection === -1) {
        return $selectLater(cases);
    }
    var [chan, ...value] = cases[selection];
    if (chan === undefined) {
        return [selection];
    }
    return [selection, value.length === 0 ? $recv(chan) : $send(chan, value[0])];
};
var $selectLater = function* (cases) {
    var entries = [], selection = yield* $sleep(wake => {
        cases.forEach(([chan, ...value], i) => {
            var queue = value.length === 0 ? chan.$recvQueue : chan.$sendQueue;
            var entry = event => {
                entries.forEach(([queue, entry]) => {
                    var i = queue.indexOf(entry);
                    if (i !== -1) {
                        queue.splice(i, 1);
                    }
                });
                wake([i, event]); /* what was received, or whether the channel to send to was closed */
                return value[0];
            };
            entries.push([queue, entry]);
            queue.push(entry);
        });
    });
    if (selection[1] === true) {
        $throwRuntimeError("send on closed channel");
    }
    return selection;
};
