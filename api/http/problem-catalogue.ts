/** Every problem the API answers with: its status, and what the reader should know and do. Documented in OpenAPI from here. */

interface ProblemKind {
  status: number;
  title: string;
  nextStep: string;
}

const kinds = <K extends string>(table: Record<K, ProblemKind>): Record<K, ProblemKind> => table;

export const PROBLEMS = kinds({
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    nextStep: 'Check the address and the encoding of the request, then send it again.',
  },
  'body-not-json': {
    status: 400,
    title: 'The body is not JSON',
    nextStep: 'Send a JSON document in UTF-8.',
  },
  'signature-missing': {
    status: 400,
    title: 'The webhook has no signature',
    nextStep: 'Send webhooks only from the payment provider, with its signature header.',
  },
  'signature-invalid': {
    status: 400,
    title: 'The webhook’s signature does not match',
    nextStep: 'Compare the signing secret of the endpoint with the one configured here.',
  },
  'signature-stale': {
    status: 400,
    title: 'The webhook’s signature is too old',
    nextStep: 'Check the clocks; the payment provider sends the event again by itself.',
  },
  'body-invalid': {
    status: 400,
    title: 'The webhook’s body is not an event',
    nextStep: 'Check which program sends to this endpoint.',
  },
  'api-key-missing': {
    status: 401,
    title: 'An API key is needed',
    nextStep: 'Send "Authorization: Bearer tnr_…".',
  },
  'api-key-invalid': {
    status: 401,
    title: 'The API key is not valid',
    nextStep: 'Check the key for missing characters, or create a new one.',
  },
  'api-key-expired': {
    status: 401,
    title: 'The API key has expired',
    nextStep: 'Create a new API key.',
  },
  'api-key-revoked': {
    status: 401,
    title: 'The API key was revoked',
    nextStep: 'Create a new API key.',
  },
  'scope-missing': {
    status: 403,
    title: 'The API key may not do this',
    nextStep: 'Use a key that has the scope named in the detail.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this address',
    nextStep: 'See /docs for the addresses that exist.',
  },
  'unknown-plan': {
    status: 404,
    title: 'There is no such plan on sale',
    nextStep: 'Choose a plan of GET /v1/catalog.',
  },
  'unknown-order': {
    status: 404,
    title: 'There is no such order',
    nextStep: 'Open the whole link of the order mail.',
  },
  'unknown-link': {
    status: 404,
    title: 'There is no such credentials link',
    nextStep: 'Open the whole link of the mail, or rotate the credentials on the order page for a new one.',
  },
  'unknown-first-boot': {
    status: 404,
    title: 'Nobody waits for this report',
    nextStep: 'Nothing is to be done: it was taken before, or the server is no longer awaited.',
  },
  'unknown-subscription': {
    status: 404,
    title: 'There is no such subscription',
    nextStep: 'Look it up with GET /v1/subscriptions.',
  },
  'unknown-instance': {
    status: 404,
    title: 'There is no such server',
    nextStep: 'Look it up in its subscription or order.',
  },
  'unknown-operation': {
    status: 404,
    title: 'There is no such operation',
    nextStep: 'Look it up in the list of its server’s operations.',
  },
  'unknown-finding': {
    status: 404,
    title: 'There is no such finding',
    nextStep: 'Look it up with GET /v1/findings.',
  },
  'unknown-import': {
    status: 404,
    title: 'There is no such import',
    nextStep: 'Take the id that POST /v1/imports has answered with.',
  },
  'unknown-provider': {
    status: 404,
    title: 'There is no such provider',
    nextStep: 'Look it up with GET /v1/providers.',
  },
  'unknown-customer': {
    status: 404,
    title: 'There is no such customer',
    nextStep: 'Look it up with GET /v1/customers.',
  },
  'unknown-api-key': {
    status: 404,
    title: 'There is no such API key',
    nextStep: 'Look it up with GET /v1/api-keys.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method is not possible here',
    nextStep: 'Use one of the methods in the Allow header.',
  },
  'plan-changed': {
    status: 409,
    title: 'The plan has changed since the page was loaded',
    nextStep: 'Look at the plan in "plan" and order again with its version.',
  },
  'price-changed': {
    status: 409,
    title: 'The price differs from the one on the page',
    nextStep: 'Look at the price in "plan" and order again with the new total.',
  },
  'plan-unavailable': {
    status: 409,
    title: 'The plan cannot be delivered there at the moment',
    nextStep: 'Choose another region or plan, or try again later.',
  },
  'checkout-expired': {
    status: 409,
    title: 'This order can no longer be paid',
    nextStep: 'Order again with a new Idempotency-Key.',
  },
  'nothing-to-pay': {
    status: 409,
    title: 'No payment is open',
    nextStep: 'Look at the order as it stands now; it says whether something is to be paid.',
  },
  'action-not-possible': {
    status: 409,
    title: 'This is not possible now',
    nextStep: 'Look at the current state and choose one of the possible actions.',
  },
  'subscription-over': {
    status: 409,
    title: 'The subscription is over',
    nextStep: 'Order again; a subscription that is over cannot be changed.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'A request with this Idempotency-Key is still running',
    nextStep: 'Wait for the time in Retry-After, then send the same request again.',
  },
  'already-opened': {
    status: 410,
    title: 'The credentials were already shown once',
    nextStep:
      'If that was not you, or they are lost, rotate the credentials on the order page for a new link.',
  },
  'link-expired': {
    status: 410,
    title: 'The credentials link has expired',
    nextStep: 'Rotate the credentials on the order page for a new link.',
  },
  'link-replaced': {
    status: 410,
    title: 'The credentials were changed after this link was sent',
    nextStep: 'Open the link of the newest mail.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    nextStep: 'Send less; the limit is in the detail.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is in a format that is not understood here',
    nextStep: 'Send one of the media types in the detail, in UTF-8 and without Content-Encoding.',
  },
  'invalid-request': {
    status: 422,
    title: 'Something in the request is not acceptable',
    nextStep: 'Correct the fields in "errors" and send it again.',
  },
  'not-sold-so': {
    status: 422,
    title: 'The plan is not sold like this',
    nextStep: 'Choose from what GET /v1/catalog offers for the fields in "errors".',
  },
  'payment-details-refused': {
    status: 422,
    title: 'The payment provider does not accept the order’s details',
    nextStep: 'Correct the fields in "errors" and order again.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    nextStep: 'Use a new key for a new request.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    nextStep: 'Wait for the time in Retry-After, then try again.',
  },
  unexpected: {
    status: 500,
    title: 'Something went wrong on our side',
    nextStep: 'Try again; if it stays so, tell us the request id.',
  },
  'database-unavailable': {
    status: 503,
    title: 'The service is not available for a moment',
    nextStep: 'Try again in a few seconds; nothing was changed.',
  },
  'payment-provider-unavailable': {
    status: 503,
    title: 'The payment page cannot be opened at the moment',
    nextStep: 'Try again in a minute with the same Idempotency-Key; nothing was charged.',
  },
  'pages-not-built': {
    status: 503,
    title: 'The pages are not built',
    nextStep: 'Run npm run build, then start again.',
  },
});

export type ProblemReason = keyof typeof PROBLEMS;
