/**
 * What OpenStack's refusals mean. Each service has its own envelope: Nova and Cinder a fault with one key
 * (https://docs.openstack.org/api-guide/compute/faults.html), Keystone `error`, Neutron `NeutronError`, Glance a bare message.
 */
import { z } from 'zod';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote } from '../../http/answers.ts';
import { BAD_REQUEST, LIST_MOVED, NOT_FOUND, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

const Text = z.union([z.string(), z.number()]).transform(String);
const Details = z.object({ message: z.string(), type: z.string().optional(), retryAfter: Text.optional() });
const Envelope = z.record(z.string(), z.unknown());

/** What a service said: the name of its fault, and its sentence. */
interface Fault {
  /** Key of the envelope or Neutron's type, e.g. `itemNotFound`, `OverQuota`; empty for a bare message. */
  name: string;
  said: string;
  retryAfter?: string;
}

/** What one and the same status can mean; only the text tells. */
const REFUSALS: { text: RegExp; kind: FailureKind; reason: string; nextStep?: string }[] = [
  {
    text: /\bquota\b|over (a )?limit for|maximum number of .* exceeded/i,
    kind: 'needs-a-human',
    reason: REASONS.quotaFull,
    nextStep:
      'Ask the cloud’s operator to raise the project’s quota, or delete what is not needed; then retry.',
  },
  {
    text: /no valid host|availability zone .*(not available|not found)|no more IP addresses|unable to find any IP address/i,
    kind: 'refused',
    reason: REASONS.regionSoldOut,
    nextStep: 'Choose another region or flavour, or refund.',
  },
  {
    text: /\bmarker\b.*not( be)? found|\bmarker\b.*invalid|invalid.*\bmarker\b/i,
    kind: 'retryable',
    reason: LIST_MOVED,
  },
  {
    text: /multiple possible networks|no (?:tenant )?networks? (?:is |are )?(?:found|available)/i,
    kind: 'refused',
    reason: BAD_REQUEST,
    nextStep: 'Name the networks in the plan (providers.openstack.networks) or in OPENSTACK_NETWORKS.',
  },
];
const REFUSAL_STATUSES = [400, 403, 404, 409, 413];

/** @param secrets what must not be shown even if the answer shows it. */
export function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { status, body } = exchange.answer;
  const fault = faultOf(body);
  const said = quote(fault.said, secrets);
  const byStatus = failureOfStatus(exchange, said);
  const upstream = String(status);
  const refusal = REFUSAL_STATUSES.includes(status) && REFUSALS.find(({ text }) => text.test(said));
  if (refusal) {
    const { kind, reason, nextStep } = refusal;
    return new TenureFailure(kind, byStatus.message, { reason, nextStep, upstream });
  }
  if (status === 413 || status === 429) {
    // Nova says 413 before microversion 2.83, and the time to wait in the body or in the header.
    const retryAfter = exchange.answer.retryAfter ?? fault.retryAfter;
    return failureOfStatus({ ...exchange, answer: { ...exchange.answer, status: 429, retryAfter } }, said);
  }
  if (status === 409) {
    return new TenureFailure('retryable', byStatus.message, { reason: REASONS.locked, upstream });
  }
  if (status === 404 && !isNotFound(fault)) {
    // Not in OpenStack's words: something else answers there, and must not pass for "it is gone".
    return new TenureFailure('retryable', byStatus.message, {
      reason: UNEXPECTED_ANSWER,
      nextStep: 'Check OPENSTACK_AUTH_URL and the endpoints in the cloud’s catalogue.',
      upstream,
    });
  }
  return byStatus;
}

/** Whether a failure says that there is no such thing. */
export function isGone(error: unknown): boolean {
  return error instanceof TenureFailure && error.details.reason === NOT_FOUND;
}

/** Whether a service surely refused a call because of the state that the thing is in. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof TenureFailure)) return false;
  return error.details.reason === REASONS.locked || error.details.reason === BAD_REQUEST;
}

function faultOf(body: string): Fault {
  const envelope = Envelope.safeParse(parseJson(body)).data;
  // Glance's older releases answer in HTML.
  if (!envelope) return { name: '', said: body.replaceAll(/<[^>]*>/g, ' ') };
  const bare = Details.safeParse(envelope);
  if (bare.success) return { name: '', said: bare.data.message.replaceAll(/<[^>]*>/g, ' ') };
  for (const [key, value] of Object.entries(envelope)) {
    if (typeof value === 'string' && key === 'NeutronError') return { name: key, said: value };
    const { data } = Details.safeParse(value);
    if (data) return { name: data.type ?? key, said: data.message, retryAfter: data.retryAfter };
  }
  return { name: '', said: '' };
}

function isNotFound({ name, said }: Fault): boolean {
  if (name === 'itemNotFound' || /NotFound$/.test(name)) return true;
  return name === '' && /\bimage\b/i.test(said);
}
