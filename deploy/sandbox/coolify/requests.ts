import { parse } from 'yaml';
import { z } from 'zod';
import { ApiError, invalid } from './errors.ts';

/** The character set and length of descriptions is not checked here: the API takes any text. */
const text = z.string();
const name = z.string().max(255);
const base64 = z
  .string()
  .refine(
    (value) => value !== '' && Buffer.from(value, 'base64').toString('base64') === value,
    'should be base64 encoded.',
  );
const tags = z.array(z.string().min(2)).nullish();
const urls = z.array(z.strictObject({ name: text, url: text.nullish() })).nullish();

const placement = {
  project_uuid: text,
  environment_name: text.nullish(),
  environment_uuid: text.nullish(),
  server_uuid: text,
  destination_uuid: text.nullish(),
  name: name.optional(),
  description: text.nullish(),
  instant_deploy: z.boolean().optional(),
  force_domain_override: z.boolean().optional(),
  is_container_label_escape_enabled: z.boolean().optional(),
  tags,
};

export const createServiceShape = z.strictObject({
  ...placement,
  type: text.optional(),
  docker_compose_raw: base64.optional(),
  urls,
});

/** What an application can be changed in, and what it can be made with beside its source. */
const application = {
  name: name.optional(),
  description: text.nullish(),
  domains: text.nullish(),
  ports_exposes: z
    .string()
    .regex(/^(\d+)(,\d+)*$/, 'format is invalid.')
    .nullish(),
  ports_mappings: text.nullish(),
  health_check_enabled: z.boolean().optional(),
  health_check_path: text.nullish(),
  health_check_port: text.nullish(),
  health_check_host: text.nullish(),
  health_check_method: text.optional(),
  health_check_return_code: z.int().optional(),
  health_check_scheme: text.optional(),
  health_check_response_text: text.nullish(),
  health_check_interval: z.int().optional(),
  health_check_timeout: z.int().optional(),
  health_check_retries: z.int().optional(),
  health_check_start_period: z.int().optional(),
  limits_memory: text.optional(),
  limits_memory_swap: text.optional(),
  limits_memory_swappiness: z.int().optional(),
  limits_memory_reservation: text.optional(),
  limits_cpus: text.optional(),
  limits_cpuset: text.nullish(),
  limits_cpu_shares: z.int().optional(),
  custom_docker_run_options: text.optional(),
  instant_deploy: z.boolean().optional(),
  force_domain_override: z.boolean().optional(),
  docker_registry_image_name: text.max(255).optional(),
  docker_registry_image_tag: text.nullish(),
};
const creatable = { ...application, ...placement, autogenerate_domain: z.boolean().optional() };

export const createShapes = {
  dockerimage: z.strictObject({ ...creatable, docker_registry_image_name: text.max(255) }),
  dockerfile: z.strictObject({
    ...creatable,
    dockerfile: base64,
    build_pack: z.literal('dockerfile').optional(),
  }),
  public: z.strictObject({
    ...creatable,
    git_repository: text,
    git_branch: text,
    git_commit_sha: text.optional(),
    build_pack: z.enum(['nixpacks', 'railpack', 'static', 'dockerfile', 'dockercompose']),
  }),
} as const;

export const updateApplicationShape = z.strictObject(application);

export const updateServiceShape = z.strictObject({
  name: name.optional(),
  description: text.nullish(),
  instant_deploy: z.boolean().optional(),
  connect_to_docker_network: z.boolean().optional(),
  docker_compose_raw: base64.optional(),
  urls,
  force_domain_override: z.boolean().optional(),
  is_container_label_escape_enabled: z.boolean().optional(),
});

export const variableShape = z.strictObject({
  key: z
    .string()
    .max(255)
    .regex(/^[A-Za-z_][A-Za-z0-9_.]*$/, 'format is invalid.'),
  value: text.nullish(),
  is_preview: z.boolean().optional(),
  is_literal: z.boolean().optional(),
  is_multiline: z.boolean().optional(),
  is_shown_once: z.boolean().optional(),
  comment: text.max(256).nullish(),
});

/** Each entry is checked by itself with {@link variableShape}. */
export const bulkShape = z.strictObject({ data: z.array(z.unknown()) });

/**
 * Reads a request body.
 *
 * @throws ApiError 422 that names every wrong field.
 */
export function readBody<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const read = shape.safeParse(body);
  if (read.success) return read.data;
  const errors: Record<string, string[]> = {};
  const add = (field: string, problem: string): void => {
    errors[field] = [...(errors[field] ?? []), problem];
  };
  for (const issue of read.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) add(key, 'This field is not allowed.');
    } else {
      const field = issue.path.join('.') || 'body';
      add(field, `The ${field.replaceAll('_', ' ')} field is wrong: ${issue.message}`);
    }
  }
  throw invalid(errors);
}

/**
 * A compose file as given, in plain text.
 *
 * @throws ApiError 422 if it is none.
 */
export function readCompose(encoded: string): string {
  const compose = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    const content: unknown = parse(compose);
    if (typeof content === 'object' && content !== null && 'services' in content) return compose;
  } catch {
    // Said below: what is not YAML has no services either.
  }
  throw new ApiError(422, 'Validation failed.', {
    errors: { docker_compose_raw: 'The docker_compose_raw has no services.' },
  });
}
