import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What staff filter by in the Temporal UI. Ids and enums only: search attributes are not encrypted. */
export const TenureTenant = defineSearchAttributeKey('TenureTenant', SearchAttributeType.KEYWORD);
export const TenureCustomer = defineSearchAttributeKey('TenureCustomer', SearchAttributeType.KEYWORD);
export const TenureStage = defineSearchAttributeKey('TenureStage', SearchAttributeType.KEYWORD);
export const TenureProvider = defineSearchAttributeKey('TenureProvider', SearchAttributeType.KEYWORD);
export const TenurePlan = defineSearchAttributeKey('TenurePlan', SearchAttributeType.KEYWORD);
export const TenurePriority = defineSearchAttributeKey('TenurePriority', SearchAttributeType.KEYWORD);
export const TenureDueAt = defineSearchAttributeKey('TenureDueAt', SearchAttributeType.DATETIME);

/** All of them by name and type, for registration with a server. */
export const SEARCH_ATTRIBUTES = [
  TenureTenant,
  TenureCustomer,
  TenureStage,
  TenureProvider,
  TenurePlan,
  TenurePriority,
  TenureDueAt,
] as const;
