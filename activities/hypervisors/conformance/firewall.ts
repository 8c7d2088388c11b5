import assert from 'node:assert/strict';
import { type FirewallRule, operationOf } from '../port.ts';
import { examineLostAnswer, examineRefusals, untilAtRest } from './changing.ts';
import { type Exam, leaveOut, rejects, runningInstance } from './exam.ts';
import type { ProviderUnderTest } from './provider-under-test.ts';

const SSH: FirewallRule = { protocol: 'tcp', ports: { from: 22, to: 22 }, source: '0.0.0.0/0' };
const SSH_V6: FirewallRule = { ...SSH, source: '::/0' };
const OFFICE: FirewallRule = { protocol: 'tcp', ports: { from: 8_000, to: 8_010 }, source: '192.0.2.0/24' };
const DNS: FirewallRule = { protocol: 'udp', ports: { from: 53, to: 53 }, source: '198.51.100.7/32' };
const PING: FirewallRule = { protocol: 'icmp', ports: null, source: '0.0.0.0/0' };

/** The rules of one instance's own firewall: replaced as a whole. */
export function examineFirewall(exam: Exam): void {
  const inForce = async (ref: string): Promise<FirewallRule[] | null> => {
    const rules = await operationOf(exam.hypervisor, 'firewall')(ref);
    return rules && sorted(rules);
  };

  it('replaces the rules, and does nothing where nothing is to do', async () => {
    const { provider, hypervisor } = exam;
    const setFirewall = operationOf(hypervisor, 'setFirewall');
    const { ref } = await runningInstance(exam);
    const ping = hasPing(provider) ? [PING] : [];
    for (const rules of [[SSH, SSH_V6, OFFICE, ...ping], [DNS, SSH], [SSH]]) {
      await setFirewall(ref, rules);
      await untilAtRest(exam, ref);
      assert.deepEqual(await inForce(ref), sorted(rules));
      const done = await provider.countDone('setFirewall', ref);
      assert.ok(done >= 1);
      await setFirewall(ref, [...rules].reverse());
      assert.equal(await provider.countDone('setFirewall', ref), done);
    }
  });

  it('refuses rules that the provider has no words for', async function () {
    const { provider, hypervisor } = exam;
    if (hasPing(provider)) leaveOut(this, 'it has words for all');
    const { ref } = await runningInstance(exam);
    await rejects(operationOf(hypervisor, 'setFirewall')(ref, [SSH, PING]), 'refused', 'unsupported');
    assert.equal(await inForce(ref), null);
  });

  it('lets nothing in without a rule, which is not the same as having no firewall', async () => {
    const { hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    await operationOf(hypervisor, 'setFirewall')(ref, []);
    assert.deepEqual(await inForce(ref), []);
  });

  it('belongs to one instance alone', async () => {
    const { hypervisor } = exam;
    const setFirewall = operationOf(hypervisor, 'setFirewall');
    const one = await runningInstance(exam);
    const other = await runningInstance(exam);
    const before = await inForce(other.ref);
    await setFirewall(one.ref, [SSH]);
    assert.deepEqual(await inForce(other.ref), before);
    await setFirewall(other.ref, [DNS]);
    assert.deepEqual(await inForce(one.ref), [SSH]);
  });

  examineRefusals(exam, 'setFirewall', (setFirewall, ref) => setFirewall(ref, [SSH]));
  examineLostAnswer(exam, 'setFirewall', (setFirewall, { ref }) => setFirewall(ref, [SSH, OFFICE]));

  it('is in force after a lost answer and a repetition', async () => {
    const { provider, hypervisor } = exam;
    const setFirewall = operationOf(hypervisor, 'setFirewall');
    const { ref } = await runningInstance(exam);
    await provider.disturb('setFirewall', 'lost-after');
    await setFirewall(ref, [SSH, OFFICE]).catch(() => undefined);
    await untilAtRest(exam, ref);
    await setFirewall(ref, [SSH, OFFICE]);
    await untilAtRest(exam, ref);
    assert.deepEqual(await inForce(ref), sorted([SSH, OFFICE]));
  });
}

function sorted(rules: readonly FirewallRule[]): FirewallRule[] {
  return [...rules].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

function hasPing({ firewallProtocols }: ProviderUnderTest): boolean {
  return firewallProtocols?.includes('icmp') ?? true;
}
