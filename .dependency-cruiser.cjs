/** The dependency arrow points one way: workers → activities, workflows, api → schemas. */
const DRIVERS = 'activities/hypervisors/(vultr|contabo|proxmox|openstack|kubevirt|coolify)[./]';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'schemas-know-nobody',
      severity: 'error',
      from: { path: '^schemas/' },
      to: { path: '^(workflows|activities|api|workers|web|deploy|test)/' },
    },
    {
      name: 'workflows-by-types',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^(activities|api|workers|web|deploy|test)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'activities-below',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '^(workflows|api|workers|web|deploy|test)/' },
    },
    {
      name: 'api-below',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^(workflows|workers|web|deploy|test)/' },
    },
    {
      name: 'api-knows-activities-by-types',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-knows-shapes-only',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(workflows|activities|api|workers|deploy|test)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sandbox-stands-alone',
      severity: 'error',
      from: { path: '^deploy/' },
      to: { path: '^(workflows|activities|api|web|test)/' },
    },
    {
      name: 'product-knows-no-tests',
      severity: 'error',
      from: { path: '^(workflows|activities|api|workers|schemas|web|deploy)/' },
      to: { path: '^test/' },
    },
    {
      name: 'sandbox-only-for-local-runs',
      severity: 'error',
      from: { path: '^(workflows|activities|api|schemas|web)/' },
      to: { path: '^deploy/' },
    },
    {
      name: 'vendor-names-stay-home',
      severity: 'error',
      from: { pathNot: `^(activities/hypervisors/registry\\.ts|${DRIVERS}|test/|deploy/)` },
      to: { path: `^${DRIVERS}` },
    },
    {
      name: 'drivers-know-themselves-only',
      severity: 'error',
      from: { path: `^${DRIVERS}` },
      to: { path: `^${DRIVERS}`, pathNot: '^activities/hypervisors/$1[./]' },
    },
    {
      name: 'payment-vendor-stays-home',
      severity: 'error',
      from: { pathNot: '^(workers/services\\.ts|activities/payments/stripe/|test/|deploy/)' },
      to: { path: '^activities/payments/stripe/' },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.tenure|generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json', '.css'],
    },
  },
};
