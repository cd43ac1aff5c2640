// Package modules keeps Go modules required whose files the tests read and no program of ours imports.
package modules

import (
	_ "sigs.k8s.io/cluster-inventory-api/apis/v1alpha1"
)
