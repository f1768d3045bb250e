import { failovers } from './failover-cases.js';

failovers('directord', 'directord');
