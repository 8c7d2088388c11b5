import type { Language } from '../../../schemas/language.ts';

/** "8 GB", "512 MB". */
export function formatMemory(memoryMb: number, language: Language): string {
  return memoryMb % 1024 === 0
    ? `${formatNumber(memoryMb / 1024, language)} GB`
    : `${formatNumber(memoryMb, language)} MB`;
}

/** "99.9 %" as the language writes it. */
export function formatPercent(percent: number, language: Language): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 3 }).format(
    percent / 100,
  );
}

export function formatNumber(value: number, language: Language): string {
  return new Intl.NumberFormat(language).format(value);
}

/** "1.2 GB": what a disk image takes. */
export function formatBytes(bytes: number, language: Language): string {
  const gigabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1e9);
  return `${gigabytes} GB`;
}
