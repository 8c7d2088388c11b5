export const app = {
  skip: 'Skip to content',
  home: '{{shopName}}: all plans',
  footer: '{{shopName}} · Servers that are tested before you get them',
  allPlans: 'All plans',
  language: 'Language',
  toDark: 'Switch to dark colours',
  toLight: 'Switch to light colours',
  loading: 'Loading',
  tryAgain: 'Try again',
  reload: 'Reload the page',
  toShop: 'Go to the plans',
  back: 'Back',
  close: 'Close',
  copy: 'Copy: {{what}}',
  copied: 'Copied',
  notFoundTitle: 'There is no page here',
  notFoundText: 'The address may be mistyped or out of date. Nothing has happened to your orders or servers.',
  brokenTitle: 'This page has run into a problem',
  brokenText:
    'The mistake is ours, and nothing was ordered or changed by it. Reloading the page usually helps. Your servers run on regardless.',
};

export const errors = {
  unreachable: {
    title: 'No connection',
    text: 'The server did not answer. Please check your internet connection and try again.',
  },
  unavailable: {
    title: 'This is not possible right now',
    text: 'The fault is on our side. Please try again in a few minutes.',
  },
  unexpected: {
    title: 'That did not work',
    text: 'Please try again. If it happens again, please get in touch with us.',
  },
  'payment-provider-unavailable': {
    title: 'Payments are not available right now',
    text: 'Our payment provider does not answer. Nothing was charged. Please try again in a minute.',
  },
  'payment-details-refused': {
    title: 'The payment provider does not accept these details',
    text: 'Please check your details, above all the e-mail address and the promotion code.',
  },
  'plan-unavailable': {
    title: 'Sold out at this location',
    text: 'Please choose another location or plan, or try again later. Nothing was charged.',
  },
  'not-sold-so': {
    title: 'The plan is not sold like this',
    text: 'Please choose another location, billing interval or currency.',
  },
  'unknown-plan': {
    title: 'This plan is not on sale any more',
    text: 'Nothing was ordered. Please choose another plan.',
  },
  'checkout-expired': {
    title: 'This order can no longer be paid',
    text: 'It has expired. Press the button once more to place a new order.',
  },
  'idempotency-key-in-use': {
    title: 'Your order is already being placed',
    text: 'Please wait a few seconds, then press the button once more. It is not ordered twice.',
  },
  'too-many-requests': {
    title: 'Too many tries',
    text: 'Please wait a minute, then try again.',
  },
  'subscription-over': {
    title: 'This order is closed',
    text: 'It cannot be changed any more. You are welcome to order again.',
  },
  'action-not-possible': {
    title: 'That is not possible at the moment',
    text: 'Your order has changed in the meantime. This page now shows how it stands.',
  },
};
