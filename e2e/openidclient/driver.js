// Does what the tests of this folder ask for with openid-client, as it is published.
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as client from 'openid-client';
import { serve } from '../internal/nodescript/link.mjs';

const configurations = new Map();

// How a client proves itself, by what openid-client calls it.
const authentication = {
	None: () => client.None(),
	ClientSecretBasic: ({ secret }) => client.ClientSecretBasic(secret),
	ClientSecretPost: ({ secret }) => client.ClientSecretPost(secret),
	PrivateKeyJwt: async ({ key, kid }) => {
		const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
		const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
		return client.PrivateKeyJwt({ key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']), kid });
	},
};

const operations = {
	async discover({ name, issuer, clientId, method, ...proof }) {
		const prove = await authentication[method](proof);
		// Signatures are checked too, which OpenID Connect Core, section 3.1.3.7, leaves to the client in the code flow.
		const options = { execute: [client.enableNonRepudiationChecks] };
		const found = await client.discovery(new URL(issuer), clientId, undefined, prove, options);
		configurations.set(name, found);
		return found.serverMetadata();
	},

	// authorize returns the URL for the browser, and what the response must agree with.
	async authorize({ name, parameters }) {
		const pkceCodeVerifier = client.randomPKCECodeVerifier();
		const checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
		const url = client.buildAuthorizationUrl(configurations.get(name), {
			...parameters,
			code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
			code_challenge_method: 'S256',
			state: checks.expectedState,
			nonce: checks.expectedNonce,
		});
		return { url: url.href, checks };
	},

	async redeem({ name, callback, checks }) {
		return tokens(await client.authorizationCodeGrant(configurations.get(name), new URL(callback), { ...checks, idTokenExpected: true }));
	},

	async refresh({ name, refreshToken, parameters }) {
		return tokens(await client.refreshTokenGrant(configurations.get(name), refreshToken, parameters));
	},

	async clientCredentials({ name, parameters }) {
		return tokens(await client.clientCredentialsGrant(configurations.get(name), parameters));
	},

	async device({ name, parameters }, ask) {
		const code = await client.initiateDeviceAuthorization(configurations.get(name), parameters);
		await ask('device code', code);
		return tokens(await client.pollDeviceAuthorizationGrant(configurations.get(name), code));
	},

	async userinfo({ name, accessToken, subject }) {
		return client.fetchUserInfo(configurations.get(name), accessToken, subject);
	},

	async endSession({ name, parameters }) {
		return client.buildEndSessionUrl(configurations.get(name), parameters).href;
	},
};

function tokens(response) {
	return {
		accessToken: response.access_token,
		refreshToken: response.refresh_token,
		idToken: response.id_token,
		expiresIn: response.expiresIn(),
		claims: response.claims(),
	};
}

serve(operations, ({ code, error, status }) => ({ code: error ?? code, status }));
