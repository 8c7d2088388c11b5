import { z } from 'zod';
import { FirstBootReport } from '../../schemas/api/first-boot.ts';
import { defineRoute } from '../http/contract.ts';
import { exampleToken } from '../orders/example.ts';

export const reportFirstBoot = defineRoute({
  method: 'post',
  path: '/v1/first-boot/{token}',
  operationId: 'reportFirstBoot',
  tag: 'Servers',
  summary: 'How a server’s first boot went, told by the server itself',
  description:
    'Once: a token that is unknown, used, replaced or too old is answered the same. What is told is kept as data for staff, without secrets.',
  access: 'first-boot',
  limited: true,
  params: z.strictObject({ token: z.string() }),
  paramExamples: { token: exampleToken },
  unknown: 'unknown-first-boot',
  body: {
    shape: FirstBootReport,
    example: { status: 'ok', stage: 'done', log: '== 10-docker' },
    mediaTypes: ['application/json', 'application/x-www-form-urlencoded'],
    // Each byte of a form may take three.
    limitBytes: 16 * 1024,
  },
  answers: { 204: { description: 'It is written down.' } },
});
