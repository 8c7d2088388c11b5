/** A webhook that must not be trusted; the API answers 400 with `reason`. */
export class WebhookRejected extends Error {
  readonly reason: 'signature-missing' | 'signature-invalid' | 'signature-stale' | 'body-invalid';

  constructor(reason: WebhookRejected['reason'], message: string) {
    super(message);
    this.name = 'WebhookRejected';
    this.reason = reason;
  }
}
