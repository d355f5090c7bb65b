import { loadEngine } from "#engine";
import { buildConfiguration, engineConfiguration, engineRequest } from "./config.js";
import { InteractionType, OIDC_DEFAULT_SCOPES, PromptValue } from "./constants.js";
import { BrowserAuthError, toError } from "./errors.js";
import { EventHandler, EventType } from "./events.js";
import { createGuid } from "./guid.js";
import { Logger, LogLevel } from "./logger.js";
import { name, version } from "./package.js";
import { checkAuthority, checkPage, checkRequest } from "./preflight.js";
import { matches, toAccount, toResult } from "./result.js";

// A Controller stands between the application and the engine, which does the work: it turns configuration, requests,
// results, errors and events from one form into the other.
export class Controller {
  constructor(configuration) {
    this.config = buildConfiguration(configuration);
    this.logger = new Logger(this.config.system.loggerOptions, name, version);
    this.events = new EventHandler(this.logger);
    this.navigationClient = this.config.system.navigationClient;
    this.engine = null;
    this.starting = null;
  }

  // initialize starts the engine once, however many ask at a time. After a failure the next call tries again.
  initialize(request) {
    this.starting ??= this.start(request?.correlationId || createGuid()).catch((error) => {
      this.starting = null;
      throw error;
    });
    return this.starting;
  }

  async start(correlationId) {
    this.events.emitEvent(EventType.INITIALIZE_START, correlationId);
    if (typeof window !== "undefined") {
      try {
        checkAuthority(this.config.auth.authority, correlationId);
        const factory = await loadEngine(this.config);
        const engine = checked(factory.create(engineConfiguration(this.config), this.host()));
        await engine.start();
        this.engine = engine;
      } catch (thrown) {
        throw toError(thrown);
      }
    }
    this.events.emitEvent(EventType.INITIALIZE_END, correlationId);
  }

  // host is what the engine calls.
  host() {
    const { events } = this;
    return {
      get heeded() {
        return events.callbacks.size > 0;
      },
      onEvent: (type, interactionType, payload, error, correlationId) => {
        const message = toPayload(type, payload);
        this.events.emitEvent(type, correlationId, interactionType, message, error ? toError(error) : null);
      },
      log: (level, text) => this.logger[LogLevel[level].toLowerCase()](text, ""),
      navigate: (url, options) => this.navigate(url, options),
    };
  }

  // navigate leaves the page. It resolves to false if the application has kept the page, or if the user has come back
  // to it and finds it as it was.
  async navigate(url, { noHistory = false } = {}) {
    const options = { noHistory, timeout: this.config.system.redirectNavigationTimeout };
    if (noHistory) return this.navigationClient.navigateInternal(url, options);
    if (this.config.auth.onRedirectNavigate?.(url) === false) return false;
    const gone = new AbortController();
    try {
      return await Promise.race([this.navigationClient.navigateExternal(url, options), this.restored(gone.signal)]);
    } finally {
      gone.abort();
    }
  }

  // restored resolves to false when the page is shown again as it was left (back/forward cache).
  restored(signal) {
    return new Promise((resolve) => {
      const shown = ({ persisted }) => {
        if (!persisted) return;
        this.cameBack = true;
        this.events.emitEvent(EventType.RESTORE_FROM_BFCACHE, "", InteractionType.Redirect);
        resolve(false);
      };
      window.addEventListener("pageshow", shown, { signal });
    });
  }

  // ready returns the engine, or throws what is missing.
  ready(correlationId) {
    if (typeof window === "undefined") throw new BrowserAuthError("non_browser_environment", correlationId);
    if (!this.engine) throw new BrowserAuthError("uninitialized_public_client_application", correlationId);
    return this.engine;
  }

  // call asks the engine for something. It is not async: the engine opens a popup before this returns, within the
  // user's gesture.
  call(method, request) {
    const correlationId = request?.correlationId || createGuid();
    try {
      checkPage(method, correlationId);
      const engine = this.ready(correlationId);
      checkRequest(method, request, this.config, correlationId);
      return Promise.resolve(engine[method](engineRequest(request, correlationId))).catch((thrown) => {
        throw toError(thrown);
      });
    } catch (thrown) {
      return Promise.reject(toError(thrown));
    }
  }

  acquireTokenSilent(request) {
    return this.call("silent", request).then(toResult);
  }

  ssoSilent(request) {
    const { prompt = PromptValue.NONE, account, loginHint, sid } = request || {};
    if (![PromptValue.NONE, PromptValue.NO_SESSION].includes(prompt)) {
      this.logger.warning(`ssoSilent: there is nobody to answer the prompt ${prompt}: none is asked for`, "");
    }
    if (!account && !loginHint && !sid) {
      this.logger.warning("ssoSilent: with several users signed in, the authority needs an account, a loginHint or a sid", "");
    }
    return this.call("ssoSilent", request).then(toResult);
  }

  acquireTokenPopup(request) {
    return this.call("popup", request).then(toResult);
  }

  acquireTokenRedirect(request) {
    this.cameBack = false;
    return this.call("redirect", request).then(() => {
      if (this.cameBack) throw new BrowserAuthError("user_cancelled", request?.correlationId);
    });
  }

  loginPopup(request) {
    return this.acquireTokenPopup(request || { scopes: [...OIDC_DEFAULT_SCOPES] });
  }

  loginRedirect(request) {
    return this.acquireTokenRedirect(request || { scopes: [...OIDC_DEFAULT_SCOPES] });
  }

  handleRedirectPromise(options) {
    const { hash, navigateToLoginRequestUrl = this.config.auth.navigateToLoginRequestUrl ?? true } = options || {};
    if (typeof window === "undefined") return Promise.resolve(null);
    return this.call("handleRedirect", { hash, navigateToLoginRequestUrl }).then(toResult);
  }

  logoutRedirect(request) {
    return this.call("logoutRedirect", request).then(() => {});
  }

  logoutPopup(request) {
    return this.call("logoutPopup", request).then(() => {});
  }

  clearCache(request) {
    return this.call("clearCache", request).then(() => {});
  }

  getAllAccounts(filter) {
    const accounts = this.engine ? this.engine.accounts().map(toAccount) : [];
    return accounts.filter((account) => matches(account, filter));
  }

  getAccount(filter) {
    if (Object.keys(filter || {}).length === 0) {
      this.logger.warning("getAccount: the filter is empty", "");
      return null;
    }
    const accounts = this.getAllAccounts(filter);
    return accounts.find((account) => account.idTokenClaims) || accounts[0] || null;
  }

  getActiveAccount() {
    return this.engine ? toAccount(this.engine.activeAccount()) : null;
  }

  setActiveAccount(account) {
    checked(this.ready("").setActiveAccount(account));
  }

  addEventCallback(callback, eventTypes) {
    return this.events.addEventCallback(callback, eventTypes);
  }

  removeEventCallback(callbackId) {
    this.events.removeEventCallback(callbackId);
  }

  getLogger() {
    return this.logger;
  }

  setLogger(logger) {
    this.logger = logger;
    this.events.logger = logger;
  }

  initializeWrapperLibrary(sku, wrapperVersion) {
    this.wrapper = { sku, version: wrapperVersion };
  }

  setNavigationClient(client) {
    this.navigationClient = client;
  }

  getConfiguration() {
    return this.config;
  }
}

// checked throws what a synchronous method of the engine reports: a function of Go cannot throw.
function checked(returned) {
  if (returned?.error) throw toError(returned.error);
  return returned;
}

function toPayload(type, payload) {
  switch (type) {
    case EventType.ACQUIRE_TOKEN_SUCCESS:
      return toResult(payload);
    case EventType.LOGIN_SUCCESS:
      return toAccount(payload);
  }
  return payload;
}
