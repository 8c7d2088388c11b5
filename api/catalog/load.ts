/** Reads `catalog.yaml`: every mistake is named with file, line and field, and a file with one mistake changes nothing. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Capabilities, Hypervisor } from '../../activities/hypervisors/port.ts';
import { Catalog, type PlanTerms } from '../../schemas/catalog/plan.ts';
import { type Mistake, resolveImages } from './images.ts';

/** The catalogue cannot be used; `message` has one sentence per mistake, each in a line of its own. */
export class CatalogError extends Error {
  readonly mistakes: string[];

  constructor(file: string, mistakes: string[]) {
    super(`The catalogue ${file} cannot be used:\n  ${mistakes.join('\n  ')}`);
    this.name = 'CatalogError';
    this.mistakes = mistakes;
  }
}

/** What knows more about a plan than its shape. */
export interface CatalogChecks {
  /** Checks `providers` entries; those of providers that are not among them stay unchecked. */
  hypervisors?: ReadonlyMap<string, Pick<Hypervisor, 'checkPlan'> & { capabilities?: Partial<Capabilities> }>;
  /** Throws if a plan's `cloudInit` cannot be used. */
  cloudInit?: (cloudInit: string) => void;
}

/**
 * The catalogue of a file.
 *
 * @throws CatalogError
 */
export async function loadCatalog(file: string, checks: CatalogChecks = {}): Promise<Catalog> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new CatalogError(file, [`It cannot be read (${code}): set CATALOG_FILE to the catalogue's path.`]);
  }
  return parseCatalog(text, file, checks);
}

/**
 * The catalogue in a text; `filePath` names it in errors, and its images' recipes are relative to it.
 *
 * @throws CatalogError
 */
export function parseCatalog(text: string, filePath: string, checks: CatalogChecks = {}): Catalog {
  const file = path.basename(filePath);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  if (document.errors.length > 0) {
    throw new CatalogError(
      file,
      document.errors.map(
        ({ pos, message }) =>
          `${file}, line ${lines.linePos(pos[0]).line}: is not YAML: ${sentence(message)}`,
      ),
    );
  }
  const describe = (place: PropertyKey[], message: string): string =>
    `${file}, line ${lineOf(document, lines, place)}: ${placeText(document, place)} ${sentence(message)}`;

  const refuse = (found: Mistake[]): never => {
    throw new CatalogError(
      file,
      found.map(({ place, message }) =>
        describe(place, message.endsWith('received undefined') ? 'is missing' : `is wrong: ${message}`),
      ),
    );
  };

  const { resolved, mistakes: ofImages } = resolveImages(toPlain(document, file), path.dirname(filePath));
  if (ofImages.length > 0) refuse(ofImages);
  const parsed = Catalog.safeParse(resolved);
  if (!parsed.success) {
    return refuse(parsed.error.issues.map(({ path: place, message }) => ({ place, message })));
  }
  const mistakes = [...parsed.data.plans.entries()].flatMap(([index, plan]) =>
    planMistakes(plan, ['plans', index], checks),
  );
  return mistakes.length > 0 ? refuse(mistakes) : parsed.data;
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new CatalogError(file, [`${file}: ${sentence(error instanceof Error ? error.message : '')}`]);
  }
}

function planMistakes(plan: PlanTerms, place: PropertyKey[], checks: CatalogChecks): Mistake[] {
  const { cloudInit, readiness } = plan.image;
  const providers = Object.entries(plan.providers).flatMap(([name, entry]) =>
    Object.keys(plan.regions).flatMap((region) =>
      mistakeOf([...place, 'providers', name], () => checks.hypervisors?.get(name)?.checkPlan(entry, region)),
    ),
  );
  const firstBoot = mistakeOf([...place, 'image', 'cloudInit'], () => {
    if (cloudInit !== undefined) checks.cloudInit?.(cloudInit);
  });
  const deaf = Object.keys(plan.providers)
    .filter((name) => readiness?.phoneHome?.required && canBeTold(checks, name) === false)
    .map((name) => ({
      place: [...place, 'providers', name],
      message: `${name} hands no first-boot data to its servers, so the image's first boot cannot report; set phoneHome.required to false, or make it elsewhere`,
    }));
  const { protocol } = plan.image.access;
  const unfit = Object.keys(plan.providers)
    .filter((name) => protocolsOf(checks, name)?.includes(protocol) === false)
    .map((name) => ({
      place: [...place, 'providers', name],
      message: `what ${name} makes cannot be entered by ${protocol}, only by ${protocolsOf(checks, name)?.join(' or ')}; sell it as a plan of its own with another access.protocol`,
    }));
  const forgetful = Object.keys(plan.providers)
    .filter((name) => plan.backups && canRemember(checks, name) === false)
    .map((name) => ({
      place: [...place, 'providers', name],
      message: `${name} takes no snapshots, so the plan’s backups cannot be made there; sell it as a plan of its own without them`,
    }));
  return [...providers, ...firstBoot, ...deaf, ...unfit, ...forgetful];
}

/** Whether a provider takes snapshots; `undefined` if it is not connected. */
function canRemember({ hypervisors }: CatalogChecks, provider: string): boolean | undefined {
  return hypervisors?.get(provider)?.capabilities?.snapshots;
}

/** How customers can enter what a provider makes; `undefined` if it is not connected. */
function protocolsOf({ hypervisors }: CatalogChecks, provider: string): readonly string[] | undefined {
  return hypervisors?.get(provider)?.capabilities?.protocols;
}

/** Whether a provider's servers get first-boot data; `undefined` if it is not connected. */
function canBeTold({ hypervisors }: CatalogChecks, provider: string): boolean | undefined {
  return hypervisors?.get(provider)?.capabilities?.userData;
}

function mistakeOf(place: PropertyKey[], check: () => void): Mistake[] {
  try {
    check();
    return [];
  } catch (error) {
    return [{ place, message: error instanceof Error ? error.message : String(error) }];
  }
}

/** The line of the place, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, place: PropertyKey[]): number {
  for (let length = place.length; length > 0; length -= 1) {
    const start = startOf(document, place.slice(0, length));
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}

function startOf(document: Document, place: PropertyKey[]): number | undefined {
  const last = place.at(-1);
  const parent = place.length === 1 ? document.contents : document.getIn(place.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === String(last));
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const item = isSeq(parent) ? parent.items[Number(last)] : undefined;
  return isNode(item) ? item.range?.[0] : undefined;
}

/** "plan rdp-basic, prices.0.amountMinor": the plan by its key, as its author thinks of it. */
function placeText(document: Document, place: PropertyKey[]): string {
  const [list, index, ...rest] = place;
  if ((list !== 'plans' && list !== 'images') || index === undefined) {
    return place.map(String).join('.') || 'the file';
  }
  const kind = list.slice(0, -1);
  const key = document.getIn([list, index, 'key']);
  const entry = typeof key === 'string' ? `${kind} ${key}` : `${kind} number ${Number(index) + 1}`;
  return rest.length === 0 ? entry : `${entry}, ${rest.map(String).join('.')}`;
}

function sentence(message: string): string {
  const line = message.split('\n')[0]?.trim() ?? '';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
