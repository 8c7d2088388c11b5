import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import express, { type Request, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { ApiError, badRequest, notFound } from './errors.ts';
import { methodsOf } from './methods.ts';
import { page, placed } from './paging.ts';
import { type FirewallRuleBody, firewallGroupShape, firewallRuleShape, readBody } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type FirewallGroupRecord, type FirewallRule, apiTime, nextSeq } from './state.ts';

const maxRules = 50;

/** `/firewalls`: groups of rules; an instance belongs to one group or none. */
export function firewallRoutes(sandbox: Sandbox): Router {
  const { store, ledger } = sandbox;
  const { firewallGroups: groups, instances } = store.state;
  const router = express.Router();
  const asked = (req: Request): FirewallGroupRecord => {
    const record = lookUp(groups, String(req.params['id']));
    if (!record) throw notFound('Invalid firewall-group-id.');
    return record;
  };
  const linkedTo = (id: string) =>
    Object.values(instances).filter(({ shown }) => shown.firewall_group_id === id);
  const present = ({ shown, rules }: FirewallGroupRecord): object => ({
    ...shown,
    instance_count: linkedTo(shown.id).length,
    rule_count: rules.length,
    max_rule_count: maxRules,
  });
  const keep = (
    effect: string,
    { shown }: FirewallGroupRecord,
    detail: Record<string, unknown> = {},
  ): void => {
    shown.date_modified = apiTime();
    store.save('firewallGroups', shown.id);
    ledger.record({ effect, id: shown.id, detail: { description: shown.description, ...detail } });
  };

  methodsOf(router, '/', {
    get: (req, res) => {
      const { shown, meta } = page(
        req,
        Object.values(groups)
          .sort((a, b) => a.seq - b.seq)
          .map((record) => ({ seq: record.seq, shown: present(record) })),
      );
      res.json({ firewall_groups: shown, meta });
    },
    post: (req, res) => {
      const { description } = readBody(firewallGroupShape, req.body);
      const now = apiTime();
      const id = randomUUID();
      const record: FirewallGroupRecord = {
        seq: nextSeq(store),
        shown: { id, description, date_created: now, date_modified: now },
        rules: [],
        lastRuleId: 0,
      };
      groups[id] = record;
      keep('firewall-group.created', record);
      res.status(201).json({ firewall_group: present(record) });
    },
  });

  methodsOf(router, '/:id', {
    get: (req, res) => {
      res.json({ firewall_group: present(asked(req)) });
    },
    put: (req, res) => {
      const record = asked(req);
      record.shown.description = readBody(firewallGroupShape, req.body).description;
      keep('firewall-group.updated', record);
      res.status(204).end();
    },
    delete: (req, res) => {
      const record = asked(req);
      const { id } = record.shown;
      for (const { shown } of linkedTo(id)) {
        shown.firewall_group_id = '';
        store.save('instances', shown.id);
      }
      delete groups[id];
      keep('firewall-group.deleted', record);
      res.status(204).end();
    },
  });

  methodsOf(router, '/:id/rules', {
    get: (req, res) => {
      const { shown, meta } = page(req, placed(asked(req).rules));
      res.json({ firewall_rules: shown, meta });
    },
    post: (req, res) => {
      const record = asked(req);
      const wanted = readBody(firewallRuleShape, req.body);
      refuseRule(record, wanted);
      record.lastRuleId += 1;
      const rule: FirewallRule = {
        ...wanted,
        id: record.lastRuleId,
        type: wanted.ip_type,
        action: 'accept',
      };
      record.rules.push(rule);
      keep('firewall-rule.created', record, { rule: rule.id });
      res.status(201).json({ firewall_rule: rule });
    },
  });

  methodsOf(router, '/:id/rules/:rule', {
    get: (req, res) => {
      res.json({ firewall_rule: ruleOf(asked(req), req) });
    },
    delete: (req, res) => {
      const record = asked(req);
      const rule = ruleOf(record, req);
      record.rules = record.rules.filter((each) => each !== rule);
      keep('firewall-rule.deleted', record, { rule: rule.id });
      res.status(204).end();
    },
  });

  return router;
}

function ruleOf({ rules }: FirewallGroupRecord, req: Request): FirewallRule {
  const rule = rules.find(({ id }) => String(id) === req.params['rule']);
  if (!rule) throw new ApiError(404, 'Invalid firewall-rule-id.');
  return rule;
}

/** @throws ApiError 400 for a rule that makes no sense, is there already, or is one too many. */
function refuseRule({ rules }: FirewallGroupRecord, wanted: FirewallRuleBody): void {
  const { ip_type, protocol, subnet, subnet_size, port, source } = wanted;
  const version = ip_type === 'v4' ? 4 : 6;
  if (isIP(subnet) !== version) throw badRequest('Invalid subnet.');
  if (subnet_size > (version === 4 ? 32 : 128)) throw badRequest('Invalid subnet_size.');
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  if (!hasPorts && port !== '') throw badRequest('Invalid port: this protocol has none.');
  if (hasPorts && !isPortRange(port)) throw badRequest('Invalid port.');
  const isThere = rules.some(
    (rule) =>
      rule.ip_type === ip_type &&
      rule.protocol === protocol &&
      rule.subnet === subnet &&
      rule.subnet_size === subnet_size &&
      rule.port === port &&
      rule.source === source,
  );
  if (isThere) throw badRequest('This rule is already defined.');
  if (rules.length >= maxRules)
    throw badRequest('You have reached the maximum number of rules for this group.');
}

function isPortRange(port: string): boolean {
  const match = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(port);
  if (!match) return false;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from >= 1 && from <= to && to <= 65_535;
}
