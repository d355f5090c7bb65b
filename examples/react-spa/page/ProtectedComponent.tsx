import { InteractionRequiredAuthError, InteractionStatus, type SilentRequest } from "@azure/msal-browser";
import { useMsal } from "@azure/msal-react";
import { useCallback, useEffect, useState } from "react";
import { callApi, ClaimsChallenge } from "./api";
import { settings } from "./settings";

type Tokens = { source: string; expires: string };

export function ProtectedComponent() {
  const { instance, inProgress, accounts } = useMsal();
  const [apiData, setApiData] = useState<string[] | null>(null);
  const [tokens, setTokens] = useState<Tokens | null>(null);
  const [problem, setProblem] = useState("");

  // Ask silently; where only the user can go on, ask by a popup.
  const acquire = useCallback(
    async (request: SilentRequest) => {
      const result = await instance.acquireTokenSilent(request).catch((error) => {
        if (error instanceof InteractionRequiredAuthError) {
          return instance.acquireTokenPopup({ scopes: request.scopes, account: request.account, claims: request.claims });
        }
        throw error;
      });
      setTokens({ source: result.fromCache ? "cache" : "authority", expires: result.expiresOn!.toLocaleTimeString() });
      return result.accessToken;
    },
    [instance],
  );

  const run = useCallback(
    async (method: string, path: string, request: Partial<SilentRequest> = {}) => {
      const accessTokenRequest = { scopes: [settings.readScope], account: accounts[0], ...request };
      setProblem("");
      try {
        setApiData(await callApi(method, path, await acquire(accessTokenRequest)));
      } catch (error) {
        if (!(error instanceof ClaimsChallenge)) return setProblem(String(error));
        // The API wants another token than this one, and says which.
        const token = await acquire({ ...accessTokenRequest, claims: error.claims }).catch(setProblem);
        if (token) setApiData(await callApi(method, path, token));
      }
    },
    [acquire, accounts],
  );

  useEffect(() => {
    if (!apiData && accounts[0] && inProgress === InteractionStatus.None) run("GET", "/tasks");
  }, [run, accounts, inProgress, apiData]);

  const write = { scopes: [settings.writeScope] };
  return (
    <section className="card">
      <h2>Your tasks</h2>
      <ul id="tasks">{apiData?.map((task) => <li key={task}>{task}</li>)}</ul>
      <p id="token" className="quiet">
        {tokens ? `The token came from the ${tokens.source} and expires at ${tokens.expires}.` : "…"}
      </p>
      <p id="api-problem" role="alert" hidden={!problem}>
        {String(problem)}
      </p>
      <div className="buttons">
        <button id="load" className="primary" onClick={() => run("GET", "/tasks")}>
          Load
        </button>
        <button id="add" onClick={() => run("POST", "/tasks", write)}>
          Add a task
        </button>
        <button id="renew" onClick={() => run("GET", "/tasks", { forceRefresh: true })}>
          Renew the token
        </button>
        <button id="challenge" onClick={() => run("GET", `/tasks?refuse=${Date.now()}`)}>
          Let the API refuse the token
        </button>
      </div>
      <p className="quiet">
        Adding needs your consent, for which a popup opens the first time. A token that the API refuses is replaced by one
        that meets its claims challenge.
      </p>
    </section>
  );
}
