export const order = {
  notFoundTitle: 'We cannot find this order',
  notFoundText: 'Please use the link from your e-mail exactly as it is written there.',
  connectionLost:
    'Connection lost, reconnecting … Meanwhile we ask for the latest state every few seconds. Your order is not affected.',
  standingLabel: 'Where your order stands',
  of_one: '{{plan}}',
  of_other: '{{plan}} × {{count}}',
  standing: {
    decision: { title: 'We need your decision' },
    helpComing: { title: 'Our team is taking care of it' },
    unpaid: {
      title: 'Your order is waiting for payment',
      text: 'As soon as it is paid, we start setting up. It can be paid until {{moment}}; after that it simply expires.',
    },
    confirming: {
      title: 'Your payment is being confirmed',
      text: 'This usually takes a few seconds, and then we start setting up. You can stay here: this page goes on by itself.',
    },
    paymentProcessing: {
      title: 'Your payment is on its way',
      text: 'A bank debit can take a few working days. We start as soon as the money has arrived and let you know by e-mail.',
    },
    provisioning: {
      title_one: 'We are setting up your server',
      title_other: 'We are setting up your servers',
      text: 'This usually takes a few minutes. You can stay and watch, or close this page: we send you an e-mail when everything works.',
    },
    delayed: {
      title: 'It is taking longer than usual',
      text: 'We are still at it, and you need do nothing. We send you an e-mail as soon as everything works, or if we need your decision.',
    },
    active: {
      title_one: 'Your server is ready',
      title_other: 'Your servers are ready',
      text_one:
        'We have signed in to it and everything works. The link to the credentials is in your e-mail.',
      text_other:
        'We have signed in to each of them and everything works. The links to the credentials are in your e-mail.',
    },
    switchedOff: {
      title_one: 'Your server is switched off',
      title_other: 'Your servers are switched off',
      text_one:
        'Your data is safe, and the price stays the same. You can switch it on again below at any time.',
      text_other:
        'Your data is safe, and the price stays the same. You can switch them on again below at any time.',
    },
    ending: {
      title: 'Cancelled: it runs on until {{date}}',
      text: 'Until then you can take the cancellation back. After that we keep your data for a while before it is deleted.',
    },
    pastDue: {
      title: 'Your last payment has failed',
      text_one:
        'Pay now to keep your server. It runs on for the moment; without a payment we switch it off on {{date}}. Your data is safe even then.',
      text_other:
        'Pay now to keep your servers. They run on for the moment; without a payment we switch them off on {{date}}. Your data is safe even then.',
    },
    pastDueProcessing: {
      title: 'Your payment is on its way',
      text: 'A bank debit can take a few working days. Everything runs on meanwhile, and there is nothing left for you to do.',
    },
    suspended: {
      title_one: 'Your server is paused',
      title_other: 'Your servers are paused',
      text_one: 'It is switched off, but your data is safe.',
      text_other: 'They are switched off, but your data is safe.',
      byPayment:
        'Your last payment has failed. Pay now to get everything back: we switch it on again as soon as the payment arrives. Without it, the subscription is cancelled on {{date}}.',
      byStaff: 'Please get in touch with us, so that it can go on.',
    },
    suspendedProcessing: {
      title: 'Your payment is on its way',
      text: 'A bank debit can take a few working days. As soon as the money has arrived, we switch everything on again. There is nothing left for you to do.',
    },
    graceUnpaid: {
      title: 'The service has ended; your data is kept',
      text: 'Until {{moment}} you can pay what is open and have everything back. After that everything is deleted.',
    },
    grace: {
      title: 'The service has ended; your data is kept',
      text: 'Until {{moment}} you can resume and go on as before. After that everything is deleted.',
    },
    deleting: {
      title: 'Your order is being closed',
      text: 'We are tidying up and will confirm it by e-mail. There is nothing left for you to do.',
    },
    deleted: {
      title: 'This order is closed',
      text: 'Server and data have been deleted, and nothing more is charged.',
    },
    expired: {
      title: 'This order has expired',
      text: 'It was not paid in time or was withdrawn. Nothing was charged and nothing was set up.',
    },
    refunded: {
      title: 'This order has been refunded',
      text: 'The money goes back the way it came; that can take a few working days. Nothing more is charged.',
    },
  },
  pay: 'Continue to payment',
  payAfterAll: 'Not paid yet? Back to the payment page',
  latePayment: {
    button: 'Pay now',
    again: 'Back to the payment page',
    confirming:
      'You have just paid? The confirmation usually takes a few seconds, and then this page goes on by itself.',
    hint: 'You pay on our payment provider’s page. The card or account that you use there also pays later on. This page shows by itself when the payment has arrived.',
  },
  orderAgain: 'Order again',
  retry: 'Try again',
  refund: 'Get a refund',
  refundTitle: 'Cancel the order and refund the payment?',
  refundText:
    'We close the order and refund the whole payment to the card or account it came from. Nothing more is charged.',
  refundConfirm: 'Yes, refund',
  accepted: 'Accepted. This page shows the outcome by itself.',
  stepsLabel: 'Progress',
  step: {
    ordered: 'Ordered',
    paid: 'Paid',
    created_one: 'Server set up',
    created_other: 'Servers set up',
    tested: 'Sign-in tested',
    handedOver: 'Handed over to you',
    ended: 'Service ended',
    kept: 'Data kept',
    snapshot: 'Last snapshot taken',
    deleted: 'Everything deleted',
    until: 'until {{date}}',
    through: '{{through}} of {{count}}',
  },
  stepState: { done: 'done', current: 'under way', waiting: 'still to come', failed: 'failed' },
  servers_one: 'Your server',
  servers_other: 'Your servers',
  serverState: {
    reserved: 'planned',
    creating: 'being set up',
    ready: 'being tested',
    active: 'running',
    stopped: 'switched off',
    deleting: 'being deleted',
    deleted: 'deleted',
    failed: 'failed',
  },
  address: 'Address',
  user: 'User name',
  signInSsh: 'Sign in from a terminal',
  signInRdp: 'Sign in from Windows (press Windows + R)',
  rdpHint: 'On a Mac, phone or tablet, use Microsoft’s “Windows App” with the same address.',
  openWeb: 'Open in the browser',
  passwordHint:
    'The password came by e-mail, behind a link that works once. If it is lost, request new credentials on this page.',
  passwordHintNoRotation:
    'The password came by e-mail, behind a link that works once. If it is lost, please get in touch with us.',
  facts: 'Order',
  fact: {
    plan: 'Plan',
    region: 'Location',
    price: 'Price',
    amount: { month: '{{amount}} a month', year: '{{amount}} a year' },
    ordered: 'Ordered on',
    renews: 'Renews on',
    paidUntil: 'Paid until',
    ends: 'Ends on',
  },
  manage: 'Manage',
  resume: {
    keep: {
      text: 'Changed your mind? Take the cancellation back and everything goes on as before.',
      button: 'Keep the subscription',
    },
    restart: {
      text: 'Your data is still there. Resume, and we switch everything on again.',
      button: 'Resume',
    },
  },
  rotate: {
    text: 'Lost the password, or think someone else has it?',
    button: 'Request new credentials',
    title: 'Make a new password?',
    warning_one:
      'The present password stops working at once. A link to the new one, which works once, comes by e-mail.',
    warning_other:
      'The present passwords of all {{count}} servers stop working at once. Links to the new ones, which work once, come by e-mail.',
    confirm: 'Make a new password',
  },
  cancel: {
    button: 'Cancel the order …',
    soonerButton: 'End it sooner …',
    title: 'Cancel the order?',
    whenLabel: 'When should it end?',
    'period-end': 'At the end of the paid period',
    atPeriodEndOn: 'At the end of the paid period, on {{date}}',
    now: 'Now',
    meaning: 'What happens then',
    withdrawn: 'The order is withdrawn. Nothing has been charged, and nothing will be.',
    refunded:
      'Setting up stops. Whatever has been made so far is removed, and the whole payment is refunded to you. There is no data of yours yet.',
    endsOn_one: 'Your server runs until {{date}}, then it is switched off. Nothing more is charged.',
    endsOn_other: 'Your servers run until {{date}}, then they are switched off. Nothing more is charged.',
    endsWithPeriod_one:
      'Your server runs until the end of the paid period, then it is switched off. Nothing more is charged.',
    endsWithPeriod_other:
      'Your servers run until the end of the paid period, then they are switched off. Nothing more is charged.',
    endsNow_one: 'Your server is switched off at once. Nothing more is charged.',
    endsNow_other: 'Your servers are switched off at once. Nothing more is charged.',
    keptUntil: 'Your data is kept until {{date}}. Until then you can resume.',
    keptForGrace:
      'Your data is kept for the grace period of your plan, in which you can resume. This page and our e-mail name the day.',
    thenDeleted: 'After that, server and data are deleted for good.',
    noRefund: 'The rest of the paid period is not refunded.',
    confirm: 'Cancel the order',
    confirmNow: 'Cancel now',
  },
};
