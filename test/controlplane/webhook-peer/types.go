package main

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// RootServiceImport is ServiceImport v1alpha2, with its fields at the root.
type RootServiceImport struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Ports                 []v1beta1.ServicePort                `json:"ports"`
	IPs                   []string                             `json:"ips,omitempty"`
	Type                  v1beta1.ServiceImportType            `json:"type"`
	SessionAffinity       corev1.ServiceAffinity               `json:"sessionAffinity,omitempty"`
	SessionAffinityConfig *corev1.SessionAffinityConfig        `json:"sessionAffinityConfig,omitempty"`
	IPFamilies            []corev1.IPFamily                    `json:"ipFamilies,omitempty"`
	InternalTrafficPolicy *corev1.ServiceInternalTrafficPolicy `json:"internalTrafficPolicy,omitempty"`
	TrafficDistribution   *string                              `json:"trafficDistribution,omitempty"`
	EndpointSliceObjects  v1beta1.EndpointSliceObjectsStatus   `json:"endpointSliceObjects,omitempty"`
	Clusters              []v1beta1.ClusterStatus              `json:"clusters,omitempty"`
	Conditions            []metav1.Condition                   `json:"conditions,omitempty"`
}

// DeepCopyObject is asked for by the scheme; nothing here shares objects.
func (in *RootServiceImport) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

var rootVersion = schema.GroupVersion{Group: "multicluster.x-k8s.io", Version: "v1alpha2"}

func addRootToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypeWithName(rootVersion.WithKind("ServiceImport"), &RootServiceImport{})
	metav1.AddToGroupVersion(scheme, rootVersion)
	return nil
}
