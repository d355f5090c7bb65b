export const LogLevel = Object.freeze({
  Error: 0,
  Warning: 1,
  Info: 2,
  Verbose: 3,
  Trace: 4,
  0: "Error",
  1: "Warning",
  2: "Info",
  3: "Verbose",
  4: "Trace",
});

// A Logger hands lines to the application's callback: those up to its level, and personal data only if that was asked
// for.
export class Logger {
  constructor(options, packageName, packageVersion) {
    this.callback = options?.loggerCallback || (() => {});
    this.level = typeof options?.logLevel === "number" ? options.logLevel : LogLevel.Info;
    this.pii = Boolean(options?.piiLoggingEnabled);
    this.packageName = packageName || "";
    this.packageVersion = packageVersion || "";
  }

  clone(packageName, packageVersion) {
    const options = { loggerCallback: this.callback, logLevel: this.level, piiLoggingEnabled: this.pii };
    return new Logger(options, packageName, packageVersion);
  }

  isPiiLoggingEnabled() {
    return this.pii;
  }

  executeCallback(level, message, containsPii) {
    this.callback(level, message, containsPii);
  }
}

for (const [name, level] of Object.entries(LogLevel).filter(([, value]) => typeof value === "number")) {
  const write = (containsPii) =>
    function (message, correlationId) {
      if (level > this.level || (containsPii && !this.pii)) return;
      const head = `[${new Date().toUTCString()}] : [${correlationId || ""}]`;
      const line = `${head} : ${this.packageName}@${this.packageVersion} : ${name} - ${message}`;
      this.executeCallback(level, line, containsPii);
    };
  Logger.prototype[name.toLowerCase()] = write(false);
  Logger.prototype[`${name.toLowerCase()}Pii`] = write(true);
}
