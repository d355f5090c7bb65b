// Does what the tests of this folder ask for with @azure/msal-node, as it is published.
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node';
import { serve } from '../internal/nodescript/link.mjs';

// The clients by name, each with ask, which puts a question to the test that uses the client at present.
const clients = new Map();

// withAccount replaces the account's id in a request by the account that MSAL has for it.
async function withAccount(client, { homeAccountId, ...request }) {
	if (!homeAccountId) return request;
	const account = await client.getTokenCache().getAccountByHomeId(homeAccountId);
	if (!account) throw new Error('MSAL has no such account');
	return { ...request, account };
}

serve(
	{
		// create makes a client under a name, which a later one replaces. The test makes its assertions if it asserts.
		async create({ name, kind, auth, asserts }) {
			const entry = {};
			const Client = kind === 'public' ? PublicClientApplication : ConfidentialClientApplication;
			entry.client = new Client({ auth: asserts ? { ...auth, clientAssertion: () => entry.ask('assertion') } : auth });
			clients.set(name, entry);
		},

		// call calls a method of a client with a request. The test opens the browser and is shown the device code.
		async call({ name, method, request }, ask) {
			const entry = clients.get(name);
			const { client } = Object.assign(entry, { ask });
			return client[method]({
				...(await withAccount(client, request)),
				...(method === 'acquireTokenInteractive' && { openBrowser: (url) => ask('browser', { url }) }),
				...(method === 'acquireTokenByDeviceCode' && { deviceCodeCallback: (code) => ask('device code', code) }),
			});
		},

		// serialize and deserialize do what a cache plugin does.
		async serialize({ name }) {
			return clients.get(name).client.getTokenCache().serialize();
		},

		async deserialize({ name, cache }) {
			clients.get(name).client.getTokenCache().deserialize(cache);
		},

		async accounts({ name }) {
			return clients.get(name).client.getTokenCache().getAllAccounts();
		},

		async pkce() {
			return new CryptoProvider().generatePkceCodes();
		},
	},
	({ errorCode, subError, claims, status, errorMessage }) => ({ code: errorCode, subError, claims, status, message: errorMessage }),
);
