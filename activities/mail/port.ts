/** Sending one mail over SMTP. */
export interface OutgoingMail {
  /** Deterministic from the mail's business key, so that a repeated sending is the same message: "<…@domain>". */
  messageId: string;
  from: string;
  to: string;
  subject: string;
  html: string;
  text: string;
  language: 'en' | 'de';
}

export interface MailTransport {
  /**
   * Hands one message to the server. `beforeData` runs after the server accepted sender and recipient and before the first byte of
   * the message is written: once it was called, a crash leaves the outcome in doubt; before, it surely was not sent.
   * @throws TenureFailure `retryable` (connection, 4xx), `refused` (5xx for this recipient), `needs-a-human` (auth).
   */
  send(mail: OutgoingMail, beforeData: () => Promise<void>): Promise<{ response: string }>;
  close(): Promise<void>;
}
