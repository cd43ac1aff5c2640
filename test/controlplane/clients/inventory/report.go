package main

import (
	"context"
	"encoding/json"
	"io"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/cluster-inventory-api/apis/v1alpha1"
	"sigs.k8s.io/cluster-inventory-api/client/clientset/versioned"
)

// What an add-on tells of a cluster.
const (
	addonProperty  = "addon.example.com/state"
	addonCondition = "addon.example.com/Ready"
)

// report does what an add-on of another writer does: it reads a profile with the typed client, puts a property of its own
// into it and updates the status. Without conditions the client sends null for them.
func report(ctx context.Context, config *rest.Config, namespace string, told addonState, out io.Writer) error {
	client, err := versioned.NewForConfig(config)
	if err != nil {
		return err
	}
	profiles := client.ApisV1alpha1().ClusterProfiles(namespace)
	profile, err := profiles.Get(ctx, told.profile, metav1.GetOptions{})
	if err != nil {
		return err
	}
	putProperty(&profile.Status, v1alpha1.Property{Name: addonProperty, Value: told.value})
	if told.withConditions {
		condition := metav1.Condition{Type: addonCondition, Status: metav1.ConditionTrue, Reason: "Reported"}
		meta.SetStatusCondition(&profile.Status.Conditions, condition)
	} else {
		profile.Status.Conditions = nil
	}
	updated, err := profiles.UpdateStatus(ctx, profile, metav1.UpdateOptions{FieldManager: "addon"})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(updated)
}

type addonState struct {
	profile        string
	value          string
	withConditions bool
}

func putProperty(status *v1alpha1.ClusterProfileStatus, property v1alpha1.Property) {
	for index := range status.Properties {
		if status.Properties[index].Name == property.Name {
			status.Properties[index] = property
			return
		}
	}
	status.Properties = append(status.Properties, property)
}
