import { failovers } from './failover-cases.js';

failovers('directord', 'keepalived');
failovers('keepalived', 'directord');
