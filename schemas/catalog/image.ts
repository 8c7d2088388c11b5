/** What a server is installed from, and when it is ready: as a plan has it, and as the catalogue keeps it in versions. */
import { z } from 'zod';
import { LocalizedText } from '../language.ts';
import { Access } from './access.ts';
import { Readiness } from './readiness.ts';

const IMAGE_KEY = '[a-z][a-z0-9-]{1,48}';

/** How a plan names an image of the catalogue: key and version. */
export const ImageRef = z
  .string()
  .regex(new RegExp(`^${IMAGE_KEY}@[1-9][0-9]{0,5}$`), 'must be key@version, e.g. ubuntu-24@1');

/** Longest recipe, in characters: some providers take no more than 48 KB of first-boot data in all. */
const RECIPE_LIMIT = 16_000;

// A published version is compared with its file for ever: what is added here later must be optional and without a default.
const content = {
  /** Shown to the buyer: one text where it is a product's name, e.g. "Ubuntu 24.04", or one per language. */
  name: z.union([z.string().min(1), LocalizedText], 'expected a text, or a text in each of en and de'),
  family: z.enum(['linux', 'windows']),
  access: Access,
  /** Extra cloud-init (`#cloud-config` YAML) merged with the accounts that Tenure sets; Linux only. */
  cloudInit: z.string().max(RECIPE_LIMIT).optional(),
  /** Extra PowerShell, run at the first boot after the account was made; Windows only. */
  powershell: z.string().max(RECIPE_LIMIT).optional(),
  readiness: Readiness.optional(),
};

interface Content {
  family: 'linux' | 'windows';
  access: z.output<typeof Access>;
  cloudInit?: string | undefined;
  powershell?: string | undefined;
  readiness?: Readiness | undefined;
}

/** Which parts go together. */
function checkContent(image: Content, context: z.core.$RefinementCtx): void {
  const { family, access, cloudInit, powershell, readiness } = image;
  const refuse = (path: PropertyKey[], message: string): void =>
    void context.addIssue({ code: 'custom', path, message, input: image });
  const isServer = access.protocol !== 'web';
  if (cloudInit !== undefined && !(isServer && family === 'linux')) {
    refuse(['cloudInit'], 'only Linux servers take it');
  }
  if (powershell !== undefined && !(isServer && family === 'windows')) {
    refuse(['powershell'], 'only Windows servers take it');
  }
  if (readiness !== undefined && !isServer) {
    refuse(['readiness'], 'an application on the web is ready when access.web says so');
  }
  for (const [index, { kind }] of (readiness?.probes ?? []).entries()) {
    if (kind === 'command' && access.protocol !== 'ssh') {
      refuse(['readiness', 'probes', index, 'kind'], 'commands are run over SSH only');
    }
  }
}

export const PlanImage = z
  .strictObject({
    ...content,
    /** Which image of the catalogue it is; none if the plan describes its own. */
    ref: ImageRef.optional(),
  })
  .superRefine(checkContent);
export type PlanImage = z.infer<typeof PlanImage>;

/** One version of an image of the catalogue; once published it never changes. */
export const ImageVersion = z
  .strictObject({
    key: z.string().regex(new RegExp(`^${IMAGE_KEY}$`), 'lower-case letters, digits and dashes'),
    version: z.int().min(1).max(999_999),
    ...content,
    /** Provider name → the part of a plan's entry that names the image there, e.g. `{ osId: 2284 }`. The plan's own entry wins. */
    providers: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  })
  .superRefine(checkContent);
export type ImageVersion = z.infer<typeof ImageVersion>;

/** `ubuntu-24@1`. */
export function imageRefOf({ key, version }: Pick<ImageVersion, 'key' | 'version'>): string {
  return `${key}@${version}`;
}
