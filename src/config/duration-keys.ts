import { z } from 'zod';
import { configSchema } from './schema.js';

/** What the pattern of a duration ends with. */
const UNITS = '(us|ms|s|m|h)$';

/** What a schema of zod is made of, as far as its keys are concerned. */
interface Made {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly items?: readonly z.core.$ZodType[];
}

/** The names of the keys of the configuration that are durations. */
export function durationKeys(): ReadonlySet<string> {
  const keys = new Set<string>();
  const seen = new Set<z.core.$ZodType>();
  const visit = (schema: z.core.$ZodType): void => {
    if (seen.has(schema)) return;
    seen.add(schema);
    const { shape } = schema._zod.def as unknown as Made;
    for (const [key, value] of Object.entries(shape ?? {})) if (isDuration(value)) keys.add(key);
    for (const part of partsOf(schema)) visit(part);
  };
  visit(configSchema);
  return keys;
}

function partsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { shape, innerType, in: input, element, options, items } = schema._zod.def as unknown as Made;
  const one = [innerType, input, element].filter((part) => part !== undefined);
  return [...Object.values(shape ?? {}), ...one, ...(options ?? []), ...(items ?? [])];
}

function isDuration(schema: z.core.$ZodType): boolean {
  const { type } = schema._zod.def as unknown as Made;
  if (type === 'object' || type === 'array' || type === 'tuple') return false;
  if (type === 'string') return String(z.globalRegistry.get(schema)?.pattern ?? '').endsWith(UNITS);
  return partsOf(schema).some(isDuration);
}
