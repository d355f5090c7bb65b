import { serve } from '../link.mjs';

serve(
	{
		echo: async (value) => value,
		ask: async (question, ask) => `heard ${await ask(question)}`,
		fail: async () => Promise.reject(Object.assign(new TypeError('it failed'), { errorCode: 'a_code', status: 400 })),
		now: async () => [Date.now(), new Date().getTime(), new Date(5).getTime()],
		end: async () => process.exit(3),
		mutter: async () => console.log('not JSON'),
	},
	({ errorCode, status }) => ({ code: errorCode, status }),
);
