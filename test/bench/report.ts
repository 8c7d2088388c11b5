/** The findings as a table for people and as a file for programs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from './finding.ts';
import { type Machine, machineLine } from './machine.ts';

export interface Report {
  /** ISO 8601 instant. */
  at: string;
  machine: Machine;
  pairs: number;
  /** With `quick` the figures mean nothing. */
  quick: boolean;
  findings: Finding[];
}

const HEADINGS = ['', 'figure', 'measured', 'range', 'n', 'goal', 'met', 'sides'];

/** A Markdown table, which reads well in a terminal, too. */
export function tableOf({ machine, findings, pairs, quick }: Report): string {
  const rows = findings.map((finding) => [
    finding.id,
    finding.what,
    show(finding.value),
    finding.range ? `${show(finding.range.min)}–${show(finding.range.max)}` : '',
    String(finding.n),
    finding.goal.text,
    finding.value === null ? 'not measured' : finding.goal.isMet(finding.value) ? 'yes' : 'NO',
    finding.detail,
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [
    machineLine(machine),
    `${pairs} pairs, in turns; medians${quick ? '; QUICK: only a trial, the figures mean nothing' : ''}`,
    '',
    line(HEADINGS),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
  ].join('\n');
}

function show(value: number | null): string {
  if (value === null) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** Writes `.tenure/bench/<instant>.json`. Returns its path. */
export function writeReport(report: Report): string {
  const file = path.resolve('.tenure/bench', `${report.at.replaceAll(':', '-')}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  const findings = report.findings.map(({ goal, ...finding }) => ({
    ...finding,
    goal: goal.text,
    met: finding.value === null ? null : goal.isMet(finding.value),
  }));
  writeFileSync(file, `${JSON.stringify({ ...report, findings }, null, 2)}\n`);
  return file;
}
