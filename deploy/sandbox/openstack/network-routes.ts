import { randomUUID } from 'node:crypto';
import express, { type Router } from 'express';
import { drawAddress } from '../guests/addresses.ts';
import { networks } from './catalog.ts';
import { badRequest, conflict, notFound } from './errors.ts';
import { methodsOf } from './methods.ts';
import { presentPort } from './present.ts';
import {
  createFloatingIpShape,
  createGroupShape,
  createRulesShape,
  readBody,
  readQuery,
  updatePortShape,
} from './requests.ts';
import { type Sandbox, floatingIpOf, groupOf, portOf, takenAddresses } from './sandbox.ts';
import type { FloatingIpRecord, SecurityGroupRecord, SecurityGroupRule } from './state.ts';

/** `/network/v2.0`: ports, floating addresses and security groups. */
export function networkRoutes(sandbox: Sandbox): Router {
  const router = express.Router();
  portRoutes(router, sandbox);
  floatingIpRoutes(router, sandbox);
  groupRoutes(router, sandbox);
  return router;
}

function portRoutes(router: Router, sandbox: Sandbox): void {
  const { store } = sandbox;
  methodsOf(router, '/ports', {
    get: (req, res) => {
      const { device_id: deviceId } = readQuery(req, ['device_id']);
      const ports = Object.values(store.state.servers)
        .filter(({ id }) => deviceId === undefined || id === deviceId)
        .flatMap((server) => server.ports.map((port) => presentPort(server, port)));
      res.json({ ports });
    },
  });
  methodsOf(router, '/ports/:id', {
    put: (req, res) => {
      const { server, port } = portOf(sandbox, String(req.params['id']));
      const { security_groups: groups } = readBody(updatePortShape, req.body).port;
      for (const id of groups ?? []) groupOf(sandbox, id);
      port.securityGroups = groups ?? port.securityGroups;
      store.save('servers', server.id);
      res.json({ port: presentPort(server, port) });
    },
  });
}

function floatingIpRoutes(router: Router, sandbox: Sandbox): void {
  const { store, ledger, lifecycle } = sandbox;
  const { floatingIps } = store.state;
  const present = ({ id, address, portId, description }: FloatingIpRecord): Record<string, unknown> => ({
    id,
    floating_ip_address: address,
    floating_network_id: networks.public,
    port_id: portId,
    description,
    status: portId === null ? 'DOWN' : 'ACTIVE',
  });

  methodsOf(router, '/floatingips', {
    get: (req, res) => {
      const { port_id: portId, description } = readQuery(req, ['port_id', 'description']);
      const found = Object.values(floatingIps)
        .filter((each) => portId === undefined || each.portId === portId)
        .filter((each) => description === undefined || each.description === description);
      res.json({ floatingips: found.map(present) });
    },
    post: async (req, res) => {
      const { floatingip: wanted } = readBody(createFloatingIpShape, req.body);
      if (wanted.floating_network_id !== networks.public) {
        throw badRequest(`Network ${wanted.floating_network_id} is not a valid external network`);
      }
      const portId = wanted.port_id ?? null;
      const owner = portId === null ? null : portOf(sandbox, portId).server;
      if (portId !== null && Object.values(floatingIps).some((each) => each.portId === portId)) {
        throw conflict(
          'Cannot associate floating IP: that fixed IP already has a floating IP.',
          'FloatingIPPortAlreadyAssociated',
        );
      }
      const id = randomUUID();
      const address = drawAddress(takenAddresses(sandbox));
      const record: FloatingIpRecord = { id, address, portId, description: wanted.description };
      floatingIps[id] = record;
      store.save('floatingIps', id);
      ledger.record({ effect: 'floating-ip.created', id, detail: { server: owner?.id, address } });
      if (owner) await lifecycle.bootGuest(owner);
      res.status(201).json({ floatingip: present(record) });
    },
  });
  methodsOf(router, '/floatingips/:id', {
    get: (req, res) => {
      res.json({ floatingip: present(floatingIpOf(sandbox, String(req.params['id']))) });
    },
    delete: (req, res) => {
      const { id, portId, description } = floatingIpOf(sandbox, String(req.params['id']));
      const server = portId === null ? undefined : portOf(sandbox, portId).server.id;
      delete floatingIps[id];
      store.save('floatingIps', id);
      ledger.record({ effect: 'floating-ip.deleted', id, detail: { server, description } });
      res.status(204).end();
    },
  });
}

function groupRoutes(router: Router, sandbox: Sandbox): void {
  const { store, ledger } = sandbox;
  const { securityGroups } = store.state;
  const present = ({ id, name, description, rules }: SecurityGroupRecord): Record<string, unknown> => ({
    id,
    name,
    description,
    security_group_rules: rules,
  });
  const changed = ({ id, name }: SecurityGroupRecord, what: string): void => {
    store.save('securityGroups', id);
    ledger.record({ effect: 'security-group.changed', id, detail: { name, what } });
  };

  methodsOf(router, '/security-groups', {
    get: (req, res) => {
      const { name } = readQuery(req, ['name']);
      const found = Object.values(securityGroups).filter(
        (group) => name === undefined || group.name === name,
      );
      res.json({ security_groups: found.map(present) });
    },
    post: (req, res) => {
      const { name, description } = readBody(createGroupShape, req.body).security_group;
      const id = randomUUID();
      const outgoing = (['IPv4', 'IPv6'] as const).map((ethertype): SecurityGroupRule => ({
        id: randomUUID(),
        security_group_id: id,
        direction: 'egress',
        ethertype,
        protocol: null,
        port_range_min: null,
        port_range_max: null,
        remote_ip_prefix: null,
      }));
      const group = { id, name, description, rules: outgoing };
      securityGroups[id] = group;
      changed(group, 'created');
      res.status(201).json({ security_group: present(group) });
    },
  });
  methodsOf(router, '/security-groups/:id', {
    get: (req, res) => {
      res.json({ security_group: present(groupOf(sandbox, String(req.params['id']))) });
    },
    delete: (req, res) => {
      const group = groupOf(sandbox, String(req.params['id']));
      const ports = Object.values(store.state.servers).flatMap((server) => server.ports);
      if (ports.some(({ securityGroups: used }) => used.includes(group.id))) {
        throw conflict(`Security Group ${group.id} in use.`, 'SecurityGroupInUse');
      }
      delete securityGroups[group.id];
      changed(group, 'deleted');
      res.status(204).end();
    },
  });
  methodsOf(router, '/security-group-rules', {
    post: (req, res) => {
      const { security_group_rules: wanted } = readBody(createRulesShape, req.body);
      const rules = wanted.map((rule) => ({ id: randomUUID(), ...rule }));
      for (const rule of rules) refuseCrookedRule(groupOf(sandbox, rule.security_group_id), rule);
      for (const rule of rules) groupOf(sandbox, rule.security_group_id).rules.push(rule);
      for (const id of new Set(rules.map((rule) => rule.security_group_id))) {
        changed(groupOf(sandbox, id), 'rules added');
      }
      res.status(201).json({ security_group_rules: rules });
    },
  });
  methodsOf(router, '/security-group-rules/:id', {
    delete: (req, res) => {
      const id = String(req.params['id']);
      const group = Object.values(securityGroups).find(({ rules }) => rules.some((rule) => rule.id === id));
      if (!group) throw notFound('SecurityGroupRule', id);
      group.rules = group.rules.filter((rule) => rule.id !== id);
      changed(group, 'rule deleted');
      res.status(204).end();
    },
  });
}

function refuseCrookedRule({ rules }: SecurityGroupRecord, wanted: SecurityGroupRule): void {
  const { ethertype, remote_ip_prefix: source, port_range_min: from, port_range_max: to } = wanted;
  if (source !== null && (ethertype === 'IPv6') !== source.includes(':')) {
    throw badRequest(`Conflicting value ethertype ${ethertype} for CIDR ${source}`);
  }
  if ((from === null) !== (to === null) || (from !== null && to !== null && from > to)) {
    throw badRequest('For TCP/UDP protocols, port_range_min must be <= port_range_max');
  }
  const sign = (rule: SecurityGroupRule): string => JSON.stringify({ ...rule, id: '' });
  const twin = rules.find((rule) => sign(rule) === sign(wanted));
  if (twin)
    throw conflict(`Security group rule already exists. Rule id is ${twin.id}.`, 'SecurityGroupRuleExists');
}
