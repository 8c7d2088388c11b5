import type { Listener } from './tcp.ts';

/** Names an SMTP client's calls (RFC 5321): each command, and the message itself once it is complete. */
export const hearSmtp: Listener = () => {
  let inMessage = false;
  let tail = '';
  return (chunk) => {
    const text = chunk.toString('latin1');
    if (inMessage) {
      tail = (tail + text).slice(-5);
      if (tail !== '\r\n.\r\n') return null;
      inMessage = false;
      return 'smtp message';
    }
    const verb = /^(EHLO|HELO|AUTH|MAIL|RCPT|DATA)/i.exec(text)?.[1]?.toUpperCase();
    if (verb === undefined) return null;
    if (verb === 'DATA') {
      inMessage = true;
      tail = '';
    }
    return `smtp ${verb}`;
  };
};
