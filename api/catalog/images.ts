/** Puts the catalogue's images, with the recipes from their files, into the plans that name them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { imageRefOf, ImageVersion } from '../../schemas/catalog/image.ts';

export interface Mistake {
  place: PropertyKey[];
  message: string;
}

type Plain = Record<string, unknown>;

/**
 * The catalogue as it is checked: recipes read, and each plan that names an image has it in its place.
 *
 * @param plain the file's content, which is not changed
 * @param directory what the recipes' paths are relative to
 */
export function resolveImages(plain: unknown, directory: string): { resolved: unknown; mistakes: Mistake[] } {
  if (!isPlain(plain)) return { resolved: plain, mistakes: [] };
  const mistakes: Mistake[] = [];
  const images = listOf(plain['images']).map((image, index) =>
    withRecipe(image, directory, (field, message) =>
      mistakes.push({ place: ['images', index, field], message }),
    ),
  );
  const known = new Map<string, ImageVersion>();
  for (const [index, image] of images.entries()) {
    const { data, error } = ImageVersion.safeParse(image);
    if (data) known.set(imageRefOf(data), data);
    for (const { path: place, message } of error?.issues ?? []) {
      mistakes.push({ place: ['images', index, ...place], message });
    }
  }
  // A plan whose image is already complained about needs no complaint of its own.
  const isSound = mistakes.length === 0;
  const plans = listOf(plain['plans']).map((plan, index) => {
    if (!isPlain(plan) || typeof plan['image'] !== 'string') return plan;
    const image = known.get(plan['image']);
    if (image) return withImage(plan, image);
    if (isSound) {
      const message = `there is no ${plan['image']} among the images; name one as key@version`;
      mistakes.push({ place: ['plans', index, 'image'], message });
    }
    return plan;
  });
  return {
    resolved: {
      ...plain,
      ...(Array.isArray(plain['images']) && { images }),
      ...(Array.isArray(plain['plans']) && { plans }),
    },
    mistakes,
  };
}

/** The recipe of an image's file as the text that its family takes. */
function withRecipe(
  image: unknown,
  directory: string,
  complain: (field: string, message: string) => void,
): unknown {
  if (!isPlain(image) || image['recipe'] === undefined) return image;
  const { recipe, ...rest } = image;
  const field = rest['family'] === 'windows' ? 'powershell' : 'cloudInit';
  if (typeof recipe !== 'string') complain('recipe', 'expected the path of a file');
  else if (rest[field] !== undefined) complain('recipe', `stands beside ${field}; keep one of them`);
  else return { ...rest, [field]: readRecipe(path.resolve(directory, recipe), complain) };
  return rest;
}

function readRecipe(file: string, complain: (field: string, message: string) => void): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    complain('recipe', `${file} cannot be read (${code ?? String(error)})`);
    return undefined;
  }
}

/** The plan with the image's content, and with what the image says to its providers where the plan does not. */
function withImage(plan: Plain, version: ImageVersion): Plain {
  const { key, version: number, providers: givens, ...content } = version;
  const providers = isPlain(plan['providers'])
    ? Object.fromEntries(
        Object.entries(plan['providers']).map(([name, entry]) => [
          name,
          isPlain(entry) ? { ...givens[name], ...entry } : entry,
        ]),
      )
    : plan['providers'];
  return { ...plan, image: { ...content, ref: imageRefOf({ key, version: number }) }, providers };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
